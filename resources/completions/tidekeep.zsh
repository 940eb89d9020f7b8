#compdef tidekeep
autoload -U +X bashcompinit && bashcompinit
# bash completion for tidekeep
_tidekeep() {
  local current="${COMP_WORDS[COMP_CWORD]}" words='' candidates='' word joined
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    joined="${words:+$words }$word"
    case "$joined" in
      'sync'|'plan'|'restore'|'versions'|'versions prune'|'thaw'|'verify'|'undo'|'cleanup'|'serve'|'status'|'pause'|'resume'|'queue'|'queue list'|'queue retry'|'queue skip'|'queue drop'|'held'|'held list'|'held approve'|'held keep'|'held restore'|'folder'|'folder add'|'folder adopt'|'folder list'|'folder alarm'|'folder remove'|'folder pause'|'folder resume'|'folder prove'|'conflicts'|'conflicts list'|'conflicts show'|'conflicts resolve'|'conflicts undo'|'conflicts rules'|'conflicts rules list'|'conflicts rules add'|'conflicts rules remove'|'account'|'account add'|'account sign-in'|'account list'|'account remove'|'account test'|'ignore'|'ignore check'|'provider'|'provider check'|'doctor'|'drill'|'config'|'config get'|'config set'|'config explain'|'config path'|'completion') words="$joined" ;;
    esac
  done
  case "$words" in
    '') candidates='sync plan restore versions thaw verify undo cleanup serve status pause resume queue held folder conflicts account ignore provider doctor drill config completion -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'sync') candidates='-n --dry-run --held --resolve --mode --delete -j --concurrency --include --exclude --exclude-from --bwlimit --storage-class --fail-on-conflict --max-delete --delta-threshold --block-size --keep-days --s3-endpoint --s3-region --profile --account -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'plan') candidates='--detailed-exitcode --mode --delete -j --concurrency --include --exclude --exclude-from --bwlimit --storage-class --fail-on-conflict --max-delete --delta-threshold --block-size --keep-days --s3-endpoint --s3-region --profile --account -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'restore') candidates='--path -n --dry-run --overwrite --at --token --s3-endpoint --s3-region --profile --account -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'versions') candidates='prune --s3-endpoint --s3-region --profile --account -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'versions prune') candidates='-n --dry-run --all --s3-endpoint --s3-region --profile --account -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'thaw') candidates='--path --at --token --speed --days -y --yes --wait --s3-endpoint --s3-region --profile --account -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'verify') candidates='--read-data --kept --source --seed --restart --s3-endpoint --s3-region --profile --account -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'undo') candidates='--last --since --folder -n --dry-run --beside -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'cleanup') candidates='-n --dry-run --older-than --s3-endpoint --s3-region --profile --account -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'serve') candidates='--port --open --no-ui --once -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'status') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'pause') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'resume') candidates='--anyway -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'queue') candidates='list retry skip drop -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'queue list') candidates='--state --limit -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'queue retry') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'queue skip') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'queue drop') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'held') candidates='list approve keep restore -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'held list') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'held approve') candidates='--reason -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'held keep') candidates='--reason -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'held restore') candidates='--reason -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'folder') candidates='add adopt list alarm remove pause resume prove -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'folder add') candidates='--target --mode --name --exclude --storage-class --s3-endpoint --s3-region --profile --account -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'folder adopt') candidates='--target --mode --name --exclude --storage-class --s3-endpoint --s3-region --profile --account --compare-content -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'folder list') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'folder alarm') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'folder remove') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'folder pause') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'folder resume') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'folder prove') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'conflicts') candidates='list show resolve undo rules -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'conflicts list') candidates='--resolved --limit --folder --kind --path -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'conflicts show') candidates='--fetch -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'conflicts resolve') candidates='--all --pattern --as -n --dry-run --folder --kind --path -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'conflicts undo') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'conflicts rules') candidates='list add remove -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'conflicts rules list') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'conflicts rules add') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'conflicts rules remove') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'account') candidates='add sign-in list remove test -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'account add') candidates='--name --keys-file --device-code --client-secret-file --certificate-file --tenant --drive --client-id -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'account sign-in') candidates='--device-code --client-secret-file --certificate-file -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'account list') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'account remove') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'account test') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'ignore') candidates='check -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'ignore check') candidates='--root -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'provider') candidates='check -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'provider check') candidates='--s3-endpoint --s3-region --profile --account -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'doctor') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'drill') candidates='--files --in --seed --keep -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'config') candidates='get set explain path -V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'config get') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'config set') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'config explain') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'config path') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
    'completion') candidates='-V --version --home --json --jsonl -q --quiet -v --verbose --debug --no-input' ;;
  esac
  COMPREPLY=($(compgen -W "$candidates" -- "$current"))
}
complete -o default -F _tidekeep tidekeep
