"""Engine of report documents: asked for, made in the background, kept sealed, downloaded, expired."""
