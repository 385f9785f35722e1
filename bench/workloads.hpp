// The workloads, a file each. Each call is one round: it starts what actors it needs, warms them up,
// measures, and ends them.
#pragma once

#include "measure.hpp"
#include "rows.hpp"

#include <vector>

namespace bench {

// ask.cpp: one question of 8 bytes, one answer of 8.
[[nodiscard]] Measured hot_ask(const Effort& effort);
[[nodiscard]] Measured hot_ask_among_idle(const Effort& effort);  // channels of effort.idle_actors
[[nodiscard]] Measured sleeping_ask_same_core(const Effort& effort);
[[nodiscard]] Measured sleeping_ask_two_cores(const Effort& effort);

// stream.cpp: one sender tells one actor as fast as it can: 8, 64 and 1024 bytes; 8 also to an
// actor that many others have an idle channel to.
[[nodiscard]] Measured stream_8(const Effort& effort);
[[nodiscard]] Measured stream_64(const Effort& effort);
[[nodiscard]] Measured stream_1024(const Effort& effort);
[[nodiscard]] Measured stream_among_idle(const Effort& effort);

// One actor, or four, tell another as fast as they can: what each message costs all of them.
[[nodiscard]] Measured one_sender(const Effort& effort);
[[nodiscard]] Measured four_senders(const Effort& effort);

// large.cpp: asks with 1 and 64 MiB, and with a Blob of 64 MiB, whose receiver reads all of it.
[[nodiscard]] Measured large_1(const Effort& effort);
[[nodiscard]] Measured large_64(const Effort& effort);
[[nodiscard]] std::vector<Measured> blob_64(const Effort& effort);

// ring.cpp: a token that 100 actors hand on, each to the next.
[[nodiscard]] Measured ring_100(const Effort& effort);

// spawn.cpp: an actor's start, and its end.
[[nodiscard]] std::vector<Measured> spawn(const Effort& effort);

// memory.cpp: what an actor costs that does nothing.
[[nodiscard]] Measured idle_memory(const Effort& effort);

}  // namespace bench
