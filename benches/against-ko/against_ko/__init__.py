"""What benches/against-ko/run is made of."""
