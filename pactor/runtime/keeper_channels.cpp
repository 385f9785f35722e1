// Channels: who opens them, who has to be told. See keeper.hpp.
#include <pactor/runtime/keeper.hpp>

#include <pactor/mail/doorbell.hpp>
#include <pactor/os/socket.hpp>
#include <pactor/runtime/actor_memory.hpp>

#include <array>
#include <ranges>
#include <utility>

namespace pactor::runtime {

mail::Place Keeper::place(const Member& receiver, std::uint32_t channel) const {
  const bool own = in_actor_memory(channel);
  return {own ? receiver.memory : receiver.channels.at(channel).memory,
          channel_offset(channel, receiver.mailbox)};
}

std::uint32_t Keeper::new_channel(Member& receiver, ActorId sender) {
  Channel channel;
  channel.memory = afford(mail::create_channel(receiver.mailbox));
  channel.sender = sender;
  std::uint32_t number = receiver.next_channel;
  if (!receiver.free_channels.empty()) {
    number = *receiver.free_channels.begin();
    receiver.free_channels.erase(receiver.free_channels.begin());
  } else if (number < mail::kChannels) {
    ++receiver.next_channel;
  } else {
    throw Error("it has " + std::to_string(mail::kChannels) + " senders, and cannot have more");
  }
  receiver.channels.emplace(number, std::move(channel));
  receiver.unfetched.insert(number);
  if (Member* from = find(sender)) from->sends_to.emplace(receiver.id, number);
  return number;
}

Keeper::Channel* Keeper::channel_of(const Member& from, const mail::Route& route) {
  Member* receiver = find(route.actor);
  if (receiver == nullptr) return nullptr;
  const auto found = receiver->channels.find(route.channel);
  if (found == receiver->channels.end()) return nullptr;
  const bool is_an_end = from.id == route.actor || from.id == found->second.sender;
  return is_an_end ? &found->second : nullptr;
}

ActorId Keeper::other_end(const Member& from, const mail::Route& route) {
  const Channel* channel = channel_of(from, route);
  if (channel == nullptr) return kNobody;
  if (from.id == route.actor) return channel->sender_gone ? kNobody : channel->sender;
  return find(route.actor)->announced ? kNobody : route.actor;
}

void Keeper::handle(Member& from, const Open& request, const os::Fd& answer) {
  Member* target = find(request.target);
  if (target == nullptr || target->announced || request.target == kProgram) {
    const auto known = remembered_.find(request.target);
    const std::string number = "#" + std::to_string(request.target);
    Exit exit{.kind = Exit::Kind::exited, .actor = number, .text = "a while ago, or it never was"};
    if (known != remembered_.end()) exit = known->second;
    answer_with(answer, OpenAnswer{.lives = false, .name = exit.actor, .exit = exit});
    return;
  }
  std::uint32_t number = mail::kSelfChannel;
  if (target->id != from.id) {
    try {
      number = new_channel(*target, from.id);
    } catch (const Error& error) {
      answer_with(answer, OpenAnswer{.name = target->name, .reason = error.what()});
      return;
    }
    // Before the answer: the receiver learns of a channel before its first message.
    ring_news(*target);
  }
  const mail::Place at = place(*target, number);
  const std::array fds{at.memory.get(), target->memory.get()};
  answer_with(
      answer,
      OpenAnswer{.lives = true, .channel = number, .offset = at.offset, .name = target->name}, fds);
}

void Keeper::ring_news(Member& member) const {
  mail::ring_for_sure(*member.mailbox_pages.as<mail::Doorbell>(mail::kDoorbellOffset),
                      mail::kNewsChannel);
}

void Keeper::handle(Member& from, const Attach& request, const os::Fd& answer) {
  constexpr std::size_t kAtOnce = os::kMessageFds;
  for (const std::uint32_t number : request.opened) from.unfetched.erase(number);
  for (const std::uint32_t number : request.senders_gone) from.leavers.erase(number);
  if (from.leavers.empty()) from.sender_crashed = false;  // it has been told of all of them
  AttachAnswer news;
  std::vector<int> fds;
  for (const std::uint32_t number : from.unfetched | std::views::take(kAtOnce)) {
    news.opened.push_back(number);
    fds.push_back(from.channels.at(number).memory.get());
  }
  // After all channels have been told, for one has to be known to be left.
  if (from.unfetched.empty()) {
    for (const std::uint32_t number : from.leavers | std::views::take(kAtOnce)) {
      news.senders_gone.push_back(number);
    }
  }
  news.sender_crashed = from.sender_crashed;
  answer_with(answer, news, fds);
}

void Keeper::handle(Member& from, const Drained& request) {
  const auto channel = from.channels.find(request.channel);
  if (channel == from.channels.end() || !channel->second.sender_gone) return;
  parcels_.drained({from.id, request.channel});
  if (in_actor_memory(request.channel)) return;  // the memory stays, so the number does
  // It may not have attached it, nor heard of its sender's end, if its memory is damaged.
  from.unfetched.erase(request.channel);
  from.leavers.erase(request.channel);
  from.channels.erase(channel);
  from.free_channels.insert(request.channel);
}

// The channels in which a process that has ended was the sender: what it had committed is processed,
// then they are given up.
void Keeper::leave_channels(Member& sender, Left how) {
  for (const auto& [actor, number] : std::exchange(sender.sends_to, {})) {
    parcels_.handle(Leave{{.actor = actor, .channel = number}}, sender.id);  // answers to it
    Member* receiver = find(actor);
    if (receiver == nullptr) continue;
    const auto channel = receiver->channels.find(number);
    if (channel == receiver->channels.end()) continue;
    channel->second.sender_gone = true;
    receiver->leavers.insert(number);
    receiver->sender_crashed |= how == Left::crashed;
    ring_news(*receiver);
  }
}

}  // namespace pactor::runtime
