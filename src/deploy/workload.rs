//! The workloads of a cluster, as its API shows them: which images they run, how far they are, and why not further.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Rollout, Unit};

/// How much of what is wrong with pods is told.
const MOST: usize = 6;

/// Returns what an object runs; nothing where it is no workload.
pub fn unit_of(object: &Value) -> Option<Unit> {
    let path = template_path(text(object, "/kind"))?;
    let template = object.pointer(path)?;
    let mut images = BTreeMap::new();
    for list in ["/spec/initContainers", "/spec/containers"] {
        for container in template
            .pointer(list)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            images.insert(
                text(container, "/name").to_owned(),
                text(container, "/image").to_owned(),
            );
        }
    }
    let name = format!(
        "{}/{}",
        text(object, "/kind").to_lowercase(),
        text(object, "/metadata/name")
    );
    let namespace = text(object, "/metadata/namespace");
    Some(Unit {
        name,
        images,
        state: json!({"namespace": namespace, "path": path, "template": template}),
    })
}

/// Where the pods are described that an object makes.
fn template_path(kind: &str) -> Option<&'static str> {
    match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" | "Job" => Some("/spec/template"),
        "CronJob" => Some("/spec/jobTemplate/spec/template"),
        _ => None,
    }
}

/// Tells how far a workload is.
pub fn rollout_of(object: &Value) -> Rollout {
    let kind = text(object, "/kind");
    let name = format!("{}/{}", kind.to_lowercase(), text(object, "/metadata/name"));
    let is_seen =
        number(object, "/status/observedGeneration") >= number(object, "/metadata/generation");
    match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" if !is_seen => {
            Rollout::Waiting(format!("{name} is not seen yet"))
        }
        "Deployment" => deployment(object, &name),
        "StatefulSet" => {
            let (current, update) = (
                text(object, "/status/currentRevision"),
                text(object, "/status/updateRevision"),
            );
            let wanted = number_or(object, "/spec/replicas", 1);
            let ready = number(object, "/status/readyReplicas");
            let updated = number(object, "/status/updatedReplicas");
            ready_of(
                &name,
                ready.min(updated),
                wanted,
                current == update || updated >= wanted,
            )
        }
        "DaemonSet" => {
            let wanted = number(object, "/status/desiredNumberScheduled");
            let ready = number(object, "/status/numberAvailable");
            let updated = number(object, "/status/updatedNumberScheduled");
            ready_of(&name, ready.min(updated), wanted, true)
        }
        "Job" => match condition(object, "Failed").map(|it| text(it, "/message").to_owned()) {
            Some(why) => Rollout::Failed(format!("{name} failed: {why}")),
            None if condition(object, "Complete").is_some() => Rollout::Ready,
            None => Rollout::Waiting(format!("{name} runs")),
        },
        _ => Rollout::Ready,
    }
}

fn deployment(object: &Value, name: &str) -> Rollout {
    let progressing = object
        .pointer("/status/conditions")
        .and_then(Value::as_array);
    let late = progressing.into_iter().flatten().find(|it| {
        text(it, "/type") == "Progressing" && text(it, "/reason") == "ProgressDeadlineExceeded"
    });
    if let Some(late) = late {
        return Rollout::Failed(format!("{name}: {}", text(late, "/message")));
    }
    let wanted = number_or(object, "/spec/replicas", 1);
    let updated = number(object, "/status/updatedReplicas");
    let all = number(object, "/status/replicas");
    let available = number(object, "/status/availableReplicas");
    ready_of(name, available.min(updated), wanted, all <= updated)
}

fn ready_of(name: &str, ready: u64, wanted: u64, is_alone: bool) -> Rollout {
    if ready >= wanted && is_alone {
        return Rollout::Ready;
    }
    let rest = if is_alone { "" } else { ", old ones still run" };
    Rollout::Waiting(format!("{name}: {ready} of {wanted} are ready{rest}"))
}

/// Pods and events of a namespace, as its API shows them.
pub struct Pods<'a> {
    /// The pods.
    pub pods: &'a Value,
    /// The events.
    pub events: &'a Value,
}

/// Says why `unit` does not get ready: what its pods wait for, and what is warned of them.
pub fn why_not_ready(unit: &Unit, around: &Pods<'_>) -> Vec<String> {
    let mut told = Vec::new();
    let name = unit.name.rsplit('/').next().unwrap_or_default();
    let is_ours = |text: &str| text == name || text.starts_with(&format!("{name}-"));
    for pod in items(around.pods).filter(|pod| is_ours(text(pod, "/metadata/name"))) {
        let pod_name = text(pod, "/metadata/name");
        let statuses = pod
            .pointer("/status/containerStatuses")
            .and_then(Value::as_array);
        for status in statuses.into_iter().flatten() {
            let stopped = ["/state/waiting", "/state/terminated"];
            let Some(state) = stopped.iter().find_map(|path| status.pointer(path)) else {
                continue;
            };
            let mut line = format!("pod {pod_name}: {}", text(state, "/reason"));
            let message = text(state, "/message");
            if !message.is_empty() {
                // Writing to a string cannot fail.
                let _ = write!(line, ": {message}");
            }
            told.push(line);
        }
        if let Some(unscheduled) = condition_of(pod, "PodScheduled", "False") {
            told.push(format!("pod {pod_name}: {}", text(unscheduled, "/message")));
        }
    }
    let warnings = items(around.events).filter(|event| {
        text(event, "/type") == "Warning" && is_ours(text(event, "/involvedObject/name"))
    });
    told.extend(warnings.map(|event| {
        format!(
            "event of {}: {}",
            text(event, "/involvedObject/name"),
            text(event, "/message")
        )
    }));
    told.dedup();
    told.truncate(MOST);
    told
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.pointer("/items")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    condition_of(object, kind, "True")
}

fn condition_of<'a>(object: &'a Value, kind: &str, status: &str) -> Option<&'a Value> {
    let conditions = object
        .pointer("/status/conditions")
        .and_then(Value::as_array)?;
    conditions
        .iter()
        .find(|it| text(it, "/type") == kind && text(it, "/status") == status)
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn number(value: &Value, pointer: &str) -> u64 {
    number_or(value, pointer, 0)
}

fn number_or(value: &Value, pointer: &str, otherwise: u64) -> u64 {
    value
        .pointer(pointer)
        .and_then(Value::as_u64)
        .unwrap_or(otherwise)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment_of(status: &Value) -> Value {
        json!({
            "kind": "Deployment",
            "metadata": {"name": "shop", "namespace": "n", "generation": 2},
            "spec": {"replicas": 2, "template": {"spec": {
                "initContainers": [{"name": "migrate", "image": "r.example/m:1"}],
                "containers": [{"name": "app", "image": "r.example/a:1"}],
            }}},
            "status": status,
        })
    }

    #[test]
    fn a_workload_runs_the_images_of_all_its_containers() {
        let unit = unit_of(&deployment_of(&json!({}))).unwrap();
        assert_eq!(unit.name, "deployment/shop");
        assert_eq!(unit.images.len(), 2);
        assert_eq!(
            unit_of(&json!({"kind": "Service", "metadata": {"name": "a"}})),
            None
        );
    }

    #[test]
    fn a_deployment_is_ready_when_only_new_pods_run_and_all_are_available() {
        let at = |observed: u64, all: u64, updated: u64, available: u64| {
            rollout_of(&deployment_of(&json!({
                "observedGeneration": observed, "replicas": all,
                "updatedReplicas": updated, "availableReplicas": available,
            })))
        };
        assert_eq!(at(2, 2, 2, 2), Rollout::Ready);
        for early in [
            at(1, 2, 2, 2),
            at(2, 3, 2, 2),
            at(2, 2, 1, 2),
            at(2, 2, 2, 1),
        ] {
            assert!(matches!(early, Rollout::Waiting(_)), "{early:?}");
        }
        let late = rollout_of(&deployment_of(
            &json!({"observedGeneration": 2, "conditions": [
                {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "too late"},
            ]}),
        ));
        assert_eq!(
            late,
            Rollout::Failed("deployment/shop: too late".to_owned())
        );
    }

    #[test]
    fn what_pods_wait_for_is_told() {
        let unit = unit_of(&deployment_of(&json!({}))).unwrap();
        let pods = json!({"items": [
            {"metadata": {"name": "shop-1"}, "status": {"containerStatuses": [
                {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}},
            ]}},
            {"metadata": {"name": "other-1"}, "status": {"containerStatuses": [
                {"state": {"waiting": {"reason": "X"}}},
            ]}},
        ]});
        let events = json!({"items": [
            {"type": "Warning", "involvedObject": {"name": "shop-1"}, "message": "back-off"},
        ]});
        let told = why_not_ready(
            &unit,
            &Pods {
                pods: &pods,
                events: &events,
            },
        );
        assert_eq!(
            told,
            [
                "pod shop-1: ImagePullBackOff: no such image",
                "event of shop-1: back-off",
            ]
        );
    }
}
