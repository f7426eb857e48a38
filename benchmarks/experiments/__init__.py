"""The experiments behind the published results: a module or a package each, none imports another's but by its face."""
