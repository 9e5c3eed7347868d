"""考评: metrics, ranking, the cases behind each number, frozen snapshots and clues, for whoever evaluates or is evaluated."""
