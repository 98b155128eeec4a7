import ts from "typescript";

/** First words of the commands that this program prints. */
const programs = [
  ...[
    "kubeadm",
    "kubectl",
    "kubelet",
    "systemctl",
    "service",
    "rc-service",
    "rc-update",
    "journalctl",
    "crictl",
    "ctr",
  ],
  ...["docker", "etcdctl", "etcdutl", "openssl", "curl", "nc", "getent", "ping", "dig", "ip", "ss", "nft", "iptables"],
  ...["iptables-save", "iptables-restore", "ipvsadm", "firewall-cmd", "ufw", "findmnt", "mount", "umount", "fuser"],
  ...["lsof", "ls", "cat", "rm", "rmdir", "mv", "cp", "ln", "mkdir", "chmod", "chown", "stat", "grep", "sed", "scp"],
  ...[
    "ssh",
    "sysctl",
    "modprobe",
    "swapoff",
    "swapon",
    "timedatectl",
    "hostnamectl",
    "dmesg",
    "ps",
    "kill",
    "df",
    "du",
  ],
  ...[
    "echo",
    "touch",
    "test",
    "tar",
    "tc",
    "nsenter",
    "apt-get",
    "yum",
    "dnf",
    "restorecon",
    "setenforce",
    "aa-status",
  ],
];
const programsPattern = `(?:sudo |[A-Z_]+=\\S+ )?(?:${programs.join("|")})`;
/** A command that is a text of its own, and one that stands between backquotes or behind another command. */
const wholeCommand = new RegExp(`^${programsPattern} [^.:]*\0`);
const quotedCommand = new RegExp(`(?:^|[^\`])\`(?:[^\`]*(?:[;|]|&&) )?${programsPattern} [^\`]*\0`);

/** A template with the form of a command into which a value is put as it is. */
export interface UnquotedCommand {
  readonly line: number;
  /** The template; `…` stands for a value. */
  readonly text: string;
}

/**
 * Returns the templates of a source that have the form of a command and are not made by the tags `shell` and `part`, and those that
 * are, but whose quotes would end where the quotes of a value begin.
 */
export function findUnquotedCommands(source: string): readonly UnquotedCommand[] {
  const file = ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest, true);
  const found: UnquotedCommand[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTemplateExpression(node)) {
      const text = [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join("\0");
      if (isTagged(node) ? quotedTwice.test(text) : wholeCommand.test(text) || quotedCommand.test(text)) {
        const { line } = file.getLineAndCharacterOfPosition(node.getStart());
        found.push({ line: line + 1, text: text.replaceAll("\0", "…") });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

const quotedTwice = /^[^']*(?:'[^'\0]*'[^']*)*'[^'\0]*\0/;

function isTagged({ parent }: ts.TemplateExpression): boolean {
  return ts.isTaggedTemplateExpression(parent) && ["shell", "part"].includes(parent.tag.getText());
}
