"""QTI 1.2: items, and the packages of Canvas, of Common Cartridge and of no platform in particular."""
