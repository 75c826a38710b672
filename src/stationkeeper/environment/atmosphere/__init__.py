"""Models of the upper atmosphere's density, one file each, behind one interface."""
