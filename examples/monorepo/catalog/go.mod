module example.com/fleet/catalog

go 1.26

require example.com/fleet/shared v0.0.0
