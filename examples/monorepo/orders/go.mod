module example.com/fleet/orders

go 1.26

require example.com/fleet/shared v0.0.0
