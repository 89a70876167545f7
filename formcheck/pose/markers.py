"""The names of keypoints and channels in marker files (TRC, C3D), which are read and written.

A marker is a named point. The names are those of the skeletons BODY_25 and HALPE_26: OpenPose,
Sports2D and Pose2Sim use them, and so do the OpenSim models made for these.
"""

from __future__ import annotations

from formcheck.data.keypoints import Keypoint

MARKERS: dict[Keypoint, str] = {
    Keypoint.NOSE: "Nose",
    Keypoint.LEFT_EAR: "LEar",
    Keypoint.RIGHT_EAR: "REar",
    Keypoint.LEFT_SHOULDER: "LShoulder",
    Keypoint.RIGHT_SHOULDER: "RShoulder",
    Keypoint.LEFT_ELBOW: "LElbow",
    Keypoint.RIGHT_ELBOW: "RElbow",
    Keypoint.LEFT_WRIST: "LWrist",
    Keypoint.RIGHT_WRIST: "RWrist",
    Keypoint.LEFT_HIP: "LHip",
    Keypoint.RIGHT_HIP: "RHip",
    Keypoint.LEFT_KNEE: "LKnee",
    Keypoint.RIGHT_KNEE: "RKnee",
    Keypoint.LEFT_ANKLE: "LAnkle",
    Keypoint.RIGHT_ANKLE: "RAnkle",
    Keypoint.LEFT_HEEL: "LHeel",
    Keypoint.RIGHT_HEEL: "RHeel",
    Keypoint.LEFT_TOE: "LBigToe",
    Keypoint.RIGHT_TOE: "RBigToe",
}

OWN_SIZE = "FORMCHECK:SIZE"
"""Parameter of formcheck's C3D files with the width and height of the picture in pixels."""
OWN_PROFILE = "FORMCHECK:POSES"
"""Parameter of formcheck's C3D files with the id of the poses' profile: who made the poses."""
WHOSE_NOTE = "formcheck poses: "
"""Text before the profile's id in the first line of formcheck's TRC files, after their name."""
TIME_CHANNELS = ("time_s", "time_rest_s")
"""Analog channels of formcheck's C3D files. Their sum is the time of a frame: one number in single
precision would be too coarse, as a repetition may begin exactly at a frame."""
CONFIDENCE_CHANNEL = "{}_confidence"
"""Analog channel with the confidence of a marker."""
LOOKED_AT_CHANNEL = "looked_at"
"""Analog channel of formcheck's C3D files: 1 where the pose model ran, 0 for interpolated poses."""
