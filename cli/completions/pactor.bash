# Completions of pactor for bash. Each word is held to `pactor --help` by a test, as in the other shells.

_pactor() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words
  case $before in
    --for | --every) words='500ms 1s 5s 1m' ;;
    *)
      if [[ ${COMP_WORDS[1]} == demo ]] && ((COMP_CWORD > 1)); then
        words='--for --every --help'
      else
        words='demo --help --version'
      fi
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _pactor pactor
