#!/usr/bin/env escript
%% Erlang: processes of one virtual machine, which has a scheduler thread for each CPU. `!` and receive, no libraries.
%%
%%     escript erlang.escript WORKLOAD SECONDS
%%
%% The same workloads, output and exit status as the programs in C++ (workload.hpp). Binaries of more than 64 bytes are
%% shared between processes; each message is nevertheless built anew, as its content would be.
-mode(compile).

-define(UNITS, 100).
-define(CROWD, 100000).
-define(STRETCH, 1000).

main([Workload, Seconds]) ->
    Ns = seconds(Seconds) * 1.0e9,
    Figures = case Workload of
        "ask_hot" -> ask(Ns, 8);
        "ask_asleep" -> ask_asleep(Ns);
        "stream_8" -> stream(Ns, 8, 1);
        "stream_64" -> stream(Ns, 64, 1);
        "stream_1024" -> stream(Ns, 1024, 1);
        "four_senders" -> stream(Ns, 8, 4);
        "spawn" -> spawn_units(Ns);
        "memory" -> memory();
        "ring_100" -> ring(Ns);
        "large_1" -> ask(Ns, 1 bsl 20);
        "large_64" -> ask(Ns, 64 bsl 20);
        _ -> usage()
    end,
    Fields = [io_lib:format("\"~s\": ~.4f", [Name, float(Value)]) || {Name, Value} <- Figures],
    io:format("{~s}~n", [lists:join(", ", Fields)]);
main(_) -> usage().

usage() ->
    io:format(standard_error, "usage: erlang.escript WORKLOAD SECONDS~n", []),
    halt(1).

seconds(Text) ->
    try list_to_float(Text) catch error:badarg -> float(list_to_integer(Text)) end.

%% --- What is measured with -----------------------------------------------------------------------

now_ns() -> erlang:monotonic_time(nanosecond).

%% User and system time of all threads of the machine, counted in milliseconds.
cpu_ns() ->
    {Ms, _} = statistics(runtime),
    Ms * 1.0e6.

quantiles(Samples) ->
    Sorted = lists:sort(Samples),
    At = fun(Fraction) -> lists:nth(1 + round(Fraction * (length(Sorted) - 1)), Sorted) end,
    [{p50_ns, At(0.5)}, {p99_ns, At(0.99)}].

mean(Samples) -> lists:sum(Samples) / length(Samples).

took(Run, Count) ->
    Began = now_ns(),
    Run(Count),
    now_ns() - Began.

%% Run(N) for growing N, which warms up, too, and then once for as long as it is to take.
timed(Ns, Run, Operations) -> timed(Ns, Run, Operations, 1, took(Run, 1)).

timed(Ns, Run, Operations, Count, Took) when Took > Ns / 10 ->
    Enough = max(1, trunc(Count * Ns / Took)),
    Cpu = cpu_ns(),
    Wall = took(Run, Enough),
    All = Enough * Operations,
    [{wall_ns, Wall / All}, {cpu_ns, (cpu_ns() - Cpu) / All}];
timed(Ns, Run, Operations, Count, Took) ->
    More = if Took > Ns / 100 -> Count * 2; true -> Count * 8 end,
    timed(Ns, Run, Operations, More, took(Run, More)).

%% Sample() again and again for so long.
samples(Ns, Sample) -> samples(now_ns() + trunc(Ns), Sample, []).

samples(Until, Sample, Samples) ->
    case now_ns() < Until orelse Samples =:= [] of
        true -> samples(Until, Sample, [Sample() | Samples]);
        false -> Samples
    end.

times(0, _) -> ok;
times(Count, Do) -> Do(Count), times(Count - 1, Do).

%% --- Questions -----------------------------------------------------------------------------------

%% Echoes a number; compares a binary with what it is to be, which reads all of it.
answer(Expected) ->
    receive
        {From, Ref, Number} when is_integer(Number) -> From ! {Ref, Number};
        {From, Ref, Binary} -> From ! {Ref, Binary =:= Expected}
    end,
    answer(Expected).

question(Whom, What, Right) ->
    Ref = make_ref(),
    Whom ! {self(), Ref, What},
    receive {Ref, Right} -> ok; {Ref, _} -> error(a_wrong_answer) end.

ask(Ns, Bytes) ->
    Large = binary:copy(<<1>>, Bytes),
    Echo = spawn_link(fun() -> answer(Large) end),
    Ask = case Bytes of
        8 -> fun(Number) -> question(Echo, Number, Number) end;
        _ -> fun(_) -> question(Echo, binary:copy(Large), true) end
    end,
    Figures = timed(Ns * 0.7, fun(Count) -> times(Count, Ask) end, 1),
    Figures ++ quantiles(samples(Ns * 0.3, fun() -> took(Ask, 1) end)).

%% The machine does not say whether a process has been switched away from, so some time passes before each question.
%% What the wait for it uses cannot be told from the rest, so there is no CPU time.
ask_asleep(Ns) ->
    Echo = spawn_link(fun() -> answer(none) end),
    Sample = fun() ->
        pause(now_ns() + 200000),
        took(fun(Number) -> question(Echo, Number, Number) end, 1)
    end,
    samples(10000000, Sample),
    Samples = samples(Ns, Sample),
    [{wall_ns, mean(Samples)} | quantiles(Samples)].

pause(Until) ->
    case now_ns() < Until of true -> pause(Until); false -> ok end.

%% --- Streams -------------------------------------------------------------------------------------

sink(Sum) ->
    receive
        Number when is_integer(Number) -> sink(Sum + Number);
        <<Number:64, _/binary>> -> sink(Sum + Number);
        {mark, From} -> From ! marked, sink(Sum);
        {count, From} -> From ! {counted, Sum}, sink(0)
    end.

%% Mailboxes have no bounds: a sender is at most two stretches of messages ahead of what the sink says that it took.
sender(Sink, Rest, Parent) ->
    receive Count -> ok end,
    send(Sink, Rest, 1, Count, 0),
    Parent ! sent,
    sender(Sink, Rest, Parent).

send(_, _, Number, Count, UnderWay) when Number > Count -> marks(UnderWay);
send(Sink, Rest, Number, Count, UnderWay) ->
    Sink ! case Rest of <<>> -> Number; _ -> <<Number:64, Rest/binary>> end,
    case Number rem ?STRETCH of
        0 ->
            Sink ! {mark, self()},
            marks(UnderWay),
            send(Sink, Rest, Number + 1, Count, 1);
        _ -> send(Sink, Rest, Number + 1, Count, UnderWay)
    end.

marks(Count) -> times(Count, fun(_) -> receive marked -> ok end end).

stream(Ns, Bytes, Senders) ->
    Parent = self(),
    Rest = binary:copy(<<1>>, Bytes - 8),
    Sink = spawn_link(fun() -> sink(0) end),
    All = [spawn_link(fun() -> sender(Sink, Rest, Parent) end) || _ <- lists:seq(1, Senders)],
    timed(Ns, fun(Count) ->
        [Sender ! Count || Sender <- All],
        [receive sent -> ok end || _ <- All],
        Sink ! {count, Parent},
        Sum = Senders * (Count * (Count + 1) div 2),
        receive {counted, Sum} -> ok; {counted, _} -> error(messages_were_lost) end
    end, Senders).

%% --- Ring ----------------------------------------------------------------------------------------

hand_on(Next) ->
    receive Hops -> Next ! Hops - 1 end,
    hand_on(Next).

%% This process is the first unit.
ring(Ns) ->
    Last = lists:foldl(fun(_, Next) -> spawn_link(fun() -> hand_on(Next) end) end, self(), lists:seq(2, ?UNITS)),
    timed(Ns, fun(Rounds) -> rounds(Last, Rounds * ?UNITS) end, ?UNITS).

rounds(_, 0) -> ok;
rounds(Next, Hops) ->
    Next ! Hops - 1,
    Left = Hops - ?UNITS,
    receive Left -> rounds(Next, Left) after 10000 -> error(a_message_was_lost) end.

%% --- Units ---------------------------------------------------------------------------------------

%% Returns when it is ready to answer.
unit() ->
    Parent = self(),
    Pid = spawn(fun() -> Parent ! {ready, self()}, answer(none) end),
    receive {ready, Pid} -> Pid end.

spawn_units(Ns) ->
    Sample = fun() ->
        Began = now_ns(),
        Pid = unit(),
        Took = now_ns() - Began,
        exit(Pid, kill),
        Took
    end,
    samples(10000000, Sample),
    Cpu = cpu_ns(),
    Samples = samples(Ns, Sample),
    [{wall_ns, mean(Samples)}, {cpu_ns, (cpu_ns() - Cpu) / length(Samples)} | quantiles(Samples)].

memory() ->
    unit(),
    Before = available_kib(),
    Units = [unit() || _ <- lists:seq(1, ?CROWD)],
    timer:sleep(100),
    Kib = (Before - available_kib()) / length(Units),
    [{kib, Kib}].

available_kib() ->
    {ok, Text} = file:read_file("/proc/meminfo"),
    {match, [Kib]} = re:run(Text, "MemAvailable: *([0-9]+)", [{capture, all_but_first, list}]),
    list_to_integer(Kib).
