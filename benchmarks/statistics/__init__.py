"""Numbers from times and photographs: percentiles, intervals, and whether one file is faster than another."""
