"""What every room uses: epochs, frames, constants, reading of files, errors and sources. Imports nothing of ours."""
