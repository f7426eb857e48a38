"""Makes a converted file the model that comes with the app, with its NOTICE."""
