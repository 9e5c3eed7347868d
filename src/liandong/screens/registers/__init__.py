"""Pages of the registers (台账): made from their tables of steps, with pages of their own where those say too little."""
