"""How bright a colour is."""

LUMINANCE = (0.299, 0.587, 0.114)
"""Share of red, green and blue in grey (ITU-R BT.601), as in OpenCV and Pillow."""
