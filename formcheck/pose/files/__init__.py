"""Read files with poses, written by other programs or by formcheck, in place of a film.

A TRC file (Sports2D, Pose2Sim, formcheck), a C3D file, a folder of OpenPose JSON files and
formcheck's own recordings all become a :class:`~formcheck.pose.recorded.PoseRecording`, which is
processed by the same loop as a film.
"""

from formcheck.pose.files.load import has_depth, is_pose_file, load_poses

__all__ = ["has_depth", "is_pose_file", "load_poses"]
