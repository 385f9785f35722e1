# Completions of pactor for fish.

complete -c pactor -f
complete -c pactor -n __fish_use_subcommand -a demo -d 'Watch this machine with five actors'
complete -c pactor -n __fish_use_subcommand -l version -d 'Print the version'
complete -c pactor -l help -s h -d 'Print how it is used'
complete -c pactor -n '__fish_seen_subcommand_from demo' -x -l for -a '500ms 1s 5s 1m' -d 'End after this time'
complete -c pactor -n '__fish_seen_subcommand_from demo' -x -l every -a '500ms 1s 5s 1m' -d 'Time between two readings'
