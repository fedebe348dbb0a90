#!/bin/sh
# Starts a Job of a CronJob, waits until it has succeeded or failed, shows its log, and ends with 0 or 1.
# `kubectl wait --for=condition=complete` would wait for a Job that failed until its timeout.
#
#   run-job.sh NAMESPACE CRONJOB [VARIABLE=VALUE …]
#   run-job.sh revrx postgres-backup BACKUP_REASON=before-1.4.2
#   run-job.sh revrx postgres-restore RESTORE_REPLACE=true RESTORE_BEFORE=2026-11-24T12:00:00Z
set -eu

if [ $# -lt 2 ]; then
  sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
namespace=$1 cron_job=$2 job=$2-$(date +%s)
shift 2

if [ $# -gt 0 ]; then
  kubectl create job "$job" --from="cronjob/$cron_job" --namespace="$namespace" --dry-run=client --output=yaml \
    | kubectl set env --local --filename=- --output=yaml "$@" \
    | kubectl create --namespace="$namespace" --filename=-
else
  kubectl create job "$job" --from="cronjob/$cron_job" --namespace="$namespace"
fi

# The Job's own activeDeadlineSeconds ends the wait; a cluster that does not answer for two minutes does as well.
silent=0
while :; do
  if state=$(kubectl get job "$job" --namespace="$namespace" \
    --output=jsonpath='{.status.conditions[?(@.status=="True")].type}'); then
    silent=0
  else
    silent=$((silent + 1)) state=
  fi
  case " $state " in
    *" Complete "*) code=0 && break ;;
    *" Failed "*) code=1 && break ;;
  esac
  if [ "$silent" -ge 24 ]; then
    echo "$job: the cluster does not tell how it goes; look with: kubectl get job $job --namespace=$namespace" >&2
    exit 1
  fi
  sleep "${RUN_JOB_PAUSE:-5}"
done
kubectl logs --selector="job-name=$job" --namespace="$namespace" --tail=-1 || :
echo "$job: $state" >&2
exit $code
