"""From a picture to named keypoints of the person who does the exercise."""
