"""Pose estimation: from a video frame to the named keypoints of the person who exercises."""
