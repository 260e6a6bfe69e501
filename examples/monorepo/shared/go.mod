module example.com/fleet/shared

go 1.26
