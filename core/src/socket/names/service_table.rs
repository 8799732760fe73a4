//! Services that are known without a file, sorted by name and protocol (IANA's Service Name and Transport Protocol Port
//! Number Registry, with the aliases in use).

use super::{ServiceRow, TransportName};

macro_rules! services {
    ($($name:literal $port:literal / $transport:ident $([$($alias:literal)*])?;)*) => {
        &[$((
            $name,
            $port,
            TransportName::$transport,
            &[$($($alias),*)?],
        )),*]
    };
}

pub(super) const SERVICES: &[ServiceRow] = services! {
    "amqp" 5672 / Tcp;
    "amqps" 5671 / Tcp;
    "auth" 113 / Tcp ["authentication" "tap" "ident"];
    "bgp" 179 / Tcp;
    "biff" 512 / Udp ["comsat"];
    "bootpc" 68 / Udp;
    "bootps" 67 / Udp;
    "chargen" 19 / Tcp ["ttytst" "source"];
    "chargen" 19 / Udp ["ttytst" "source"];
    "cvspserver" 2401 / Tcp;
    "daytime" 13 / Tcp;
    "daytime" 13 / Udp;
    "dhcpv6-client" 546 / Udp;
    "dhcpv6-server" 547 / Udp;
    "dict" 2628 / Tcp;
    "discard" 9 / Tcp ["sink" "null"];
    "discard" 9 / Udp ["sink" "null"];
    "distcc" 3632 / Tcp;
    "domain" 53 / Tcp;
    "domain" 53 / Udp;
    "domain-s" 853 / Tcp;
    "domain-s" 853 / Udp;
    "echo" 7 / Tcp;
    "echo" 7 / Udp;
    "epmap" 135 / Tcp ["loc-srv"];
    "epmd" 4369 / Tcp;
    "exec" 512 / Tcp;
    "finger" 79 / Tcp;
    "ftp" 21 / Tcp;
    "ftp-data" 20 / Tcp;
    "ftps" 990 / Tcp;
    "ftps-data" 989 / Tcp;
    "git" 9418 / Tcp;
    "gopher" 70 / Tcp;
    "hkp" 11371 / Tcp;
    "http" 80 / Tcp ["www"];
    "http-alt" 8080 / Tcp ["webcache"];
    "https" 443 / Tcp;
    "https" 443 / Udp;
    "icpv2" 3130 / Udp ["icp"];
    "imap2" 143 / Tcp ["imap"];
    "imaps" 993 / Tcp;
    "ipp" 631 / Tcp;
    "ipsec-nat-t" 4500 / Udp;
    "ircs-u" 6697 / Tcp;
    "isakmp" 500 / Udp;
    "iscsi-target" 3260 / Tcp;
    "iso-tsap" 102 / Tcp ["tsap"];
    "kerberos" 88 / Tcp ["kerberos5" "krb5" "kerberos-sec"];
    "kerberos" 88 / Udp ["kerberos5" "krb5" "kerberos-sec"];
    "kerberos-adm" 749 / Tcp;
    "klogin" 543 / Tcp;
    "kpasswd" 464 / Tcp;
    "kpasswd" 464 / Udp;
    "kshell" 544 / Tcp ["krcmd"];
    "l2f" 1701 / Udp ["l2tp"];
    "ldap" 389 / Tcp;
    "ldap" 389 / Udp;
    "ldaps" 636 / Tcp;
    "ldaps" 636 / Udp;
    "ldp" 646 / Tcp;
    "ldp" 646 / Udp;
    "login" 513 / Tcp;
    "mdns" 5353 / Udp;
    "microsoft-ds" 445 / Tcp;
    "ms-sql-m" 1434 / Udp;
    "ms-sql-s" 1433 / Tcp;
    "ms-wbt-server" 3389 / Tcp;
    "mysql" 3306 / Tcp;
    "nbd" 10809 / Tcp;
    "netbios-dgm" 138 / Udp;
    "netbios-ns" 137 / Udp;
    "netbios-ssn" 139 / Tcp;
    "netstat" 15 / Tcp;
    "nfs" 2049 / Tcp;
    "nfs" 2049 / Udp;
    "nntp" 119 / Tcp ["readnews" "untp"];
    "nntps" 563 / Tcp ["snntp"];
    "ntalk" 518 / Udp;
    "ntp" 123 / Udp;
    "ntske" 4460 / Tcp;
    "openvpn" 1194 / Tcp;
    "openvpn" 1194 / Udp;
    "pop3" 110 / Tcp ["pop-3"];
    "pop3s" 995 / Tcp;
    "postgresql" 5432 / Tcp ["postgres"];
    "printer" 515 / Tcp ["spooler"];
    "qotd" 17 / Tcp ["quote"];
    "radius" 1812 / Tcp;
    "radius" 1812 / Udp;
    "radius-acct" 1813 / Tcp ["radacct"];
    "radius-acct" 1813 / Udp ["radacct"];
    "redis" 6379 / Tcp;
    "rmiregistry" 1099 / Tcp;
    "route" 520 / Udp ["router" "routed"];
    "rsync" 873 / Tcp;
    "rtsp" 554 / Tcp;
    "rtsp" 554 / Udp;
    "shell" 514 / Tcp ["cmd" "syslog"];
    "sieve" 4190 / Tcp;
    "sip" 5060 / Tcp;
    "sip" 5060 / Udp;
    "sip-tls" 5061 / Tcp;
    "sip-tls" 5061 / Udp;
    "smtp" 25 / Tcp ["mail"];
    "snmp" 161 / Tcp;
    "snmp" 161 / Udp;
    "snmp-trap" 162 / Tcp ["snmptrap"];
    "snmp-trap" 162 / Udp ["snmptrap"];
    "socks" 1080 / Tcp;
    "ssh" 22 / Tcp;
    "submission" 587 / Tcp;
    "submissions" 465 / Tcp ["ssmtp" "smtps" "urd"];
    "sunrpc" 111 / Tcp ["portmapper"];
    "sunrpc" 111 / Udp ["portmapper"];
    "svn" 3690 / Tcp ["subversion"];
    "svrloc" 427 / Tcp;
    "svrloc" 427 / Udp;
    "syslog" 514 / Udp;
    "syslog-tls" 6514 / Tcp;
    "systat" 11 / Tcp ["users"];
    "tacacs" 49 / Tcp;
    "tacacs" 49 / Udp;
    "talk" 517 / Udp;
    "tcpmux" 1 / Tcp;
    "telnet" 23 / Tcp;
    "telnets" 992 / Tcp;
    "tftp" 69 / Udp;
    "time" 37 / Tcp ["timserver"];
    "time" 37 / Udp ["timserver"];
    "uucp" 540 / Tcp ["uucpd"];
    "who" 513 / Udp ["whod"];
    "whois" 43 / Tcp ["nicname"];
    "x11" 6000 / Tcp ["x11-0"];
    "xdmcp" 177 / Udp;
    "xmpp-client" 5222 / Tcp ["jabber-client"];
    "xmpp-server" 5269 / Tcp ["jabber-server"];
    "zabbix-agent" 10050 / Tcp;
    "zabbix-trapper" 10051 / Tcp;
};
