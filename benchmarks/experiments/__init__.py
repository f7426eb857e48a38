"""The experiments behind the published results, a module or a package each."""
