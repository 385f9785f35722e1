// Points at which a test may hold a thread, to force an interleaving that chance would take hours to
// find. They exist only in the library build that the schedule tests link (PACTOR_PAUSE_POINTS);
// elsewhere PACTOR_PAUSE(name) is nothing.
#pragma once

#if defined(PACTOR_PAUSE_POINTS)

namespace pactor::mail {

// Called at each point with its name, if set. Set it before the threads start.
inline void (*pause_hook)(const char* point) = nullptr;

}  // namespace pactor::mail

#define PACTOR_PAUSE(point) \
  (::pactor::mail::pause_hook == nullptr ? void() : ::pactor::mail::pause_hook(point))

#else

#define PACTOR_PAUSE(point) void()

#endif
