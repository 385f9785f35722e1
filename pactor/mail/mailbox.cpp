#include <pactor/mail/mailbox.hpp>

#include <pactor/mail/pause.hpp>

#include <algorithm>
#include <limits>

namespace pactor::mail {

namespace {

// A channel that had nothing for so many rounds is armed and left to the doorbell, so that the cost
// of a message does not grow with idle channels.
constexpr std::uint32_t kRoundsBeforeRest = 64;

}  // namespace

Mailbox::Mailbox(std::uint64_t actor, const os::Fd& mailbox_memory, Depot& depot)
    : actor_(actor),
      depot_(depot),
      memory_(mailbox_memory, 0, kMailboxBytes, os::Access::read_write),
      doorbell_(*memory_.as<Doorbell>(kDoorbellOffset)),
      stamper_(&control().last_stamp) {}

Mailbox::~Mailbox() = default;

// A channel's own bit is cleared as it is attached; this one belongs to none. If the predecessor died
// after it had cleared its summary, the keeper would never ring again. What it rang for is asked for.
void Mailbox::take_over() {
  clear(doorbell_, kNewsChannel);
  doorbell_.asleep.store(0, std::memory_order_relaxed);
  news_ = true;
  stamper_.take_over();
}

void Mailbox::attach(std::uint32_t channel, const Place& place) {
  while (inlets_.size() <= channel) inlets_.emplace_back();
  inlets_[channel] = std::make_unique<Inlet>(Route{actor_, channel}, place, depot_);
  clear(doorbell_, channel);
  watch(inlets_[channel].get());
}

void Mailbox::sender_gone(std::uint32_t channel) {
  if (channel >= inlets_.size() || inlets_[channel] == nullptr) return;
  inlets_[channel]->sender_gone = true;
  activate(channel);
}

// A bit that was set without its summary would keep its sender from ringing for ever. Cleared before the
// look, as in collect().
void Mailbox::distrust_doorbell() {
  for (const auto& inlet : inlets_) {
    if (inlet == nullptr) continue;
    clear(doorbell_, inlet->channel());
    if (!inlet->armed()) continue;
    activate(inlet->channel());
    inlet->idle_rounds = kRoundsBeforeRest - 1;  // one look is enough
  }
  clear(doorbell_, kNewsChannel);
  news_ = true;
}

std::vector<std::uint32_t> Mailbox::take_drained() { return std::exchange(drained_, {}); }

void Mailbox::activate(std::uint32_t channel) {
  if (channel == kNewsChannel || channel >= inlets_.size() || inlets_[channel] == nullptr) {
    news_ = true;  // of a channel that is not known yet, the keeper has the memory
    return;
  }
  Inlet* inlet = inlets_[channel].get();
  inlet->idle_rounds = 0;
  if (!inlet->armed()) return;  // it is active already
  inlet->disarm();
  watch(inlet);
}

void Mailbox::watch(Inlet* inlet) { active_.push_back(inlet); }

void Mailbox::collect_rings() {
  if (!rung(doorbell_)) return;
  collect(doorbell_, [this](std::uint32_t channel) { activate(channel); });
}

const Letter* Mailbox::take() {
  if (round_.empty() || round_.front().stamp > limit_) begin_round();
  if (round_.empty() || round_.front().stamp > limit_) return nullptr;
  current_ = round_.front().inlet;
  // Before begin(), which passes it: should this process die in between, nobody would come upon the close any more.
  const Letter& letter = current_->first();
  if (letter.kind == Kind::close) {
    control().closing.store(1, std::memory_order_relaxed);
  } else {
    // Before it counts as taken: whoever finds it in progress then finds its method here.
    control().running_method.store(letter.method, std::memory_order_relaxed);
    control().running_channel.store(current_->channel(), std::memory_order_relaxed);
  }
  PACTOR_PAUSE("take: before taken");
  current_->begin();
  return &letter;
}

void Mailbox::begin_round() {
  round_.clear();
  collect_rings();
  PACTOR_PAUSE("round: rings collected");
  // First look.
  for (std::size_t i = 0; i < active_.size();) {
    Inlet& inlet = *active_[i];
    if (inlet.look()) {
      inlet.idle_rounds = 0;
      round_.push_back({.stamp = inlet.first().stamp, .inlet = &inlet});
    } else if (inlet.broken() || inlet.sender_gone || ++inlet.idle_rounds >= kRoundsBeforeRest) {
      rest(i);
      continue;  // rest() may have put another one here
    } else {
      inlet.publish_if_wanted();  // while others keep us busy, wait() does not come round to it
    }
    ++i;
    PACTOR_PAUSE("round: looked at a channel");
  }
  if (round_.empty()) return;
  PACTOR_PAUSE("round: after the first look");
  // Second look, after all of the first: what it finds bounds the round. A channel that is not known
  // yet may hold anything, so its news come first.
  limit_ = std::numeric_limits<std::uint64_t>::max();
  collect_rings();
  if (news_) {
    round_.clear();
    return;
  }
  // Not behind the only one: what follows there bounds the others, and there are none.
  const Inlet* only = round_.size() == 1 ? round_.front().inlet : nullptr;
  for (Inlet* inlet : active_) {
    if (inlet == only) continue;
    if (const auto stamp = inlet->next_stamp()) limit_ = std::min(limit_, *stamp);
  }
  std::make_heap(round_.begin(), round_.end());
}

// Arms a channel and takes it from the active ones, unless it has something after all.
void Mailbox::rest(std::size_t active_index) {
  Inlet* inlet = active_[active_index];
  inlet->idle_rounds = 0;
  // Letters that a round has noted and left for the next one are nowhere else: the doorbell would not ring
  // for them, nor arm() find them.
  if (inlet->front() != nullptr) return;
  if (inlet->broken() && inlet->cut_off()) {
    ++cut_off_;
    distrust_doorbell();
  }
  if (!inlet->arm()) return;
  active_[active_index] = active_.back();
  active_.pop_back();
  if (inlet->sender_gone) {
    drained_.push_back(inlet->channel());
    if (latest_ == inlet) latest_ = nullptr;
    inlets_[inlet->channel()].reset();
  }
}

void Mailbox::finish() {
  gathering_.took(current_->first().kind == Kind::tell);
  current_->finish();
  latest_ = current_;
  const Letter* next = current_->front();
  if (round_.size() == 1) {  // the usual case: one sender at a time
    if (next == nullptr) {
      round_.clear();
    } else {
      round_.front().stamp = next->stamp;
    }
  } else {
    std::pop_heap(round_.begin(), round_.end());
    round_.pop_back();
    if (next != nullptr) {
      round_.push_back({.stamp = next->stamp, .inlet = current_});
      std::push_heap(round_.begin(), round_.end());
    }
  }
  current_ = nullptr;
}

bool Mailbox::look_at_active() {
  if (rung(doorbell_)) return true;
  for (Inlet* inlet : active_) {
    if (inlet->look()) return true;
  }
  return false;
}

void Mailbox::wait() {
  publish_cpu(doorbell_.cpu);
  // Not to all: a word that senders read with each message is better left alone. Arming publishes.
  for (Inlet* inlet : active_) inlet->publish_if_wanted();
  if (news_) return;
  if (latest_ != nullptr) {
    gathering_.look_away(latest_->sender_cpu());
    const auto something = [this] { return look_at_active(); };
    if (patience_.wait_until(something, latest_->sender_cpu())) return;
  }
  while (!active_.empty()) {
    const std::size_t before = active_.size();
    rest(before - 1);
    if (active_.size() == before) return;  // something came
  }
  if (drained_.empty() && cut_off_ == 0) sleep(doorbell_);
  publish_cpu(doorbell_.cpu);
}

std::uint64_t Mailbox::close() {
  for (const auto& inlet : inlets_) {
    if (inlet != nullptr) inlet->close();
  }
  PACTOR_PAUSE("close: closed stored");
  // The last look, after `closed`: what its sender believes accepted is found here.
  std::uint64_t tells = 0;
  for (const auto& inlet : inlets_) {
    if (inlet == nullptr) continue;
    // No more than there can have been: a faulty sender may go on and on.
    for (std::uint64_t left = inlet->most_letters(); left != 0 && inlet->look(); --left) {
      const Letter& letter = inlet->first();
      if (letter.kind == Kind::ask) {
        inlet->answer(letter, ReplyStatus::refused, {}, stamper_.last());
      } else if (letter.kind == Kind::tell && inlet->channel() != kSelfChannel) {
        ++tells;
      }
      inlet->finish();
    }
  }
  return tells;
}

}  // namespace pactor::mail
