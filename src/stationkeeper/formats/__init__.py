"""Exchange formats, one file each: OEM, OMM and TLE, OPM, CZML, NetCDF, GeoJSON."""
