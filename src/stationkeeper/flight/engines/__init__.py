"""What integrates an orbit, one file per engine, behind one interface."""
