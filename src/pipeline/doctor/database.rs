//! The checksum database.

use super::Visit;
use super::proxies::host_of;
use crate::doctor::{Answer, Area, Finding, judge_database};
use crate::ports::Reply;
use crate::toolchain::{ChecksumDatabase, Proxy, Refusal};

impl Visit<'_> {
    pub(super) fn database(&self) -> Finding {
        let Ok(database) = self.request.modules.checksum_database() else {
            return Finding::note(Area::Database, "GOSUMDB", "no checksum database is asked");
        };
        let _progress = self.progress(format!("ask {}", database.name()));
        let (server, path) = match self.way_to(&database) {
            Ok(way) => way,
            Err((host, answer)) => return judge_database(database.name(), &host, &answer),
        };
        let host = host_of(&server);
        let reply = self.ports.servers.file(&server, &path);
        self.note_clock(&host, reply.date);
        judge_database(database.name(), &host, &verified(&database, reply))
    }

    /// Finds who passes requests on to the database, as the go command does: the address in GOSUMDB, the
    /// first proxy that says that it does, the database itself.
    fn way_to(&self, database: &ChecksumDatabase) -> Result<(Proxy, String), (String, Answer)> {
        const LATEST: &str = "latest";
        if let Some(url) = database.url() {
            return Ok((Proxy::Server(url.clone()), LATEST.to_owned()));
        }
        let supported = database.path_at_proxy("supported");
        let passes_on = self.request.modules.proxies().ask(|proxy| {
            if matches!(proxy, Proxy::Direct | Proxy::Off) {
                return Err(Refusal::Unfit((host_of(proxy), Answer::HasNot)));
            }
            match self.ports.servers.file(proxy, &supported).answer {
                Answer::Has => Ok(proxy.clone()),
                Answer::HasNot => Err(Refusal::NotFound((host_of(proxy), Answer::HasNot))),
                other => Err(Refusal::Failed((host_of(proxy), other))),
            }
        });
        match passes_on {
            Ok(proxy) => Ok((proxy, database.path_at_proxy(LATEST))),
            Err(Refusal::Unfit(_) | Refusal::NotFound(_)) => {
                let own = Proxy::Server(database.own_url().clone());
                Ok((own, LATEST.to_owned()))
            }
            Err(Refusal::Failed(failed)) => Err(failed),
        }
    }
}

/// What is not signed by the database proves nothing.
fn verified(database: &ChecksumDatabase, reply: Reply) -> Answer {
    if reply.answer != Answer::Has {
        return reply.answer;
    }
    match database.open_head(&String::from_utf8_lossy(&reply.bytes)) {
        Ok(_) => Answer::Has,
        Err(error) => Answer::Wrong(error.to_string()),
    }
}
