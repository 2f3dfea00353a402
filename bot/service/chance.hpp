#pragma once

namespace bot::service {

/// A random number in [0, 1) from the calling thread's own generator, seeded by the system.
double chance();

}  // namespace bot::service
