#pragma once

#include "messaging/outbox/rules.hpp"
#include "tests/messaging/outbox/store_conformance.hpp"

/// Every store that the conformance suite runs against.
#define STORES_UNDER_TEST store_conformance::MemorySubject
