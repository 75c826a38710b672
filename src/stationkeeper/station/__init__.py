"""What a station is: elements, joints, ports, tanks, vehicles and crew; its configuration at an epoch; its stacks."""
