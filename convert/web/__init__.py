"""A folder that classifies in any browser: the TF.js graph, the page and its runtimes, and its proof in Chromium.

The face of this room: `bundle`, `tfjs.export` for the graph alone, and `chromium`, the one driver of a browser.
"""
