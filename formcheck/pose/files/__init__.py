"""Poses that another program, or formcheck itself, has put into files, in place of a film.

A TRC file (Sports2D, Pose2Sim, formcheck), a folder of OpenPose JSON files, and formcheck's own
recordings become a :class:`~formcheck.pose.recorded.PoseRecording`, which plays through the
same loop as a film.
"""

from formcheck.pose.files.load import has_depth, is_pose_file, load_poses

__all__ = ["has_depth", "is_pose_file", "load_poses"]
