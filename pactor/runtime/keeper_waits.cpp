// Cycles of asks: actors of which each waits for the next one's answer, so that none will ever come. See
// keeper.hpp, and mail/published_wait.hpp for who asks and when.
//
// What is found here is a cycle, never a mere suspicion. First each wait is read, from one actor to the
// next; then, when all have been read, each answer is looked for. If none has come, then at the moment
// between the two all these waits were there at once: each had been published before its reading, and can
// end by its answer alone, which had not come. (It has no deadline. Who is told here to give its wait up
// counts as waiting no more, and so does a process that has died.) And a cycle that was there at one
// moment is there for good: each answer is for a loop thread to give that has to get its own first. So
// the two passes need not stop anybody, and it does not matter how much later the answer arrives.
#include <pactor/runtime/keeper.hpp>

#include <pactor/mail/published_wait.hpp>

namespace pactor::runtime {

namespace {

// Of a long cycle; it has to fit a message, and to be read.
constexpr std::size_t kShownNames = 16;
constexpr std::size_t kShownNameBytes = 200;

}  // namespace

std::vector<std::string> Keeper::find_cycle(Member& asking) {
  struct Step {
    const Member* waiting;
    const Member* asked;
    mail::Wait wait;
  };
  std::vector<Step> steps;
  for (const Member* at = &asking; steps.empty() || at != &asking;) {
    // Longer than all actors are many: it leads into a cycle without the one that asks. Who closed
    // that one has been told, or will be.
    if (at->id == kProgram || at->announced || steps.size() > members_.size()) return {};
    const auto wait = mail::read_wait(*at->mailbox_pages.as<mail::Control>(mail::kControlOffset));
    if (!wait || wait->turn == at->given_up_wait) return {};
    const Member* asked = find(wait->route.actor);
    if (asked == nullptr) return {};
    steps.push_back({at, asked, *wait});
    at = asked;
  }
  std::vector<std::string> names;
  for (const auto& [waiting, asked, wait] : steps) {
    if (!is_waiting(*waiting, *asked, wait)) return {};
    if (names.size() < kShownNames) names.push_back(waiting->name.substr(0, kShownNameBytes));
  }
  if (steps.size() > kShownNames) {
    names.push_back("… " + std::to_string(steps.size() - kShownNames) + " more …");
  }
  // It will not wait: for whoever asks next, the cycle is open again.
  asking.given_up_wait = steps.front().wait.turn;
  return names;
}

// Whether `waiting` was, at some moment after this was called, waiting for the answer for which it had
// published `wait`.
bool Keeper::is_waiting(const Member& waiting, const Member& asked, const mail::Wait& wait) const {
  const auto channel = asked.channels.find(wait.route.channel);
  if (channel == asked.channels.end() || channel->second.sender != waiting.id) return false;
  try {
    if (!mail::is_unanswered(place(asked, wait.route.channel), wait)) return false;
  } catch (const Error&) {
    return false;  // no memory to look at it: let it wait
  }
  return !os::has_ended(waiting.pid);
}

// The process of `member` has died, so the keeper is the one who writes its words.
void Keeper::end_wait(const Member& member) {
  mail::withdraw_wait(*member.mailbox_pages.as<mail::Doorbell>(mail::kDoorbellOffset),
                      *member.mailbox_pages.as<mail::Control>(mail::kControlOffset));
}

}  // namespace pactor::runtime
