"""The training loop: stages, losses, optimizers, schedules, teachers, and resuming after an interruption."""
