"""Video in and out: frames with their true times from files and cameras, and MP4 files written."""

# OpenCV goes first: both packages bring a libxcb, and with that of PyAV loaded before its own,
# opening OpenCV's window on Linux never comes back.
import cv2  # noqa: F401
