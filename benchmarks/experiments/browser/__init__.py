"""What a browser takes: TF.js against LiteRT.js on our page, and our TF.js graph against the official converter's."""
