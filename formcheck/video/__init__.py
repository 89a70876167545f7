"""Video in and out: frames with their true times from files and cameras, and MP4 files written."""
