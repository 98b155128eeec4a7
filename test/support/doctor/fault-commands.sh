# What the faults of doctor's tests are made of, for a host's /bin/sh. All that is changed through these commands is
# undone by `restore`.
kept=/root/kept
pki=/root/cluster-pki
export KUBECONFIG=/root/cluster-admin.conf

# Saves files and directories, so that they can be restored.
keep() {
  mkdir -p $kept
  for path; do
    grep -qsxF "$path" $kept/paths && continue
    if [ -e "$path" ] || [ -L "$path" ]; then
      mkdir -p "$kept/files$(dirname "$path")"
      cp -a "$path" "$kept/files$path"
    fi
    echo "$path" >>$kept/paths
  done
}

hide() {
  keep "$@"
  rm -rf "$@"
}

# change FILE SED_EXPRESSION…: fails if the file stays the same.
change() {
  file=$1
  shift
  keep "$file"
  sed "$@" "$file" >/root/changed
  ! cmp -s /root/changed "$file" || { echo "$file does not change" >&2; return 1; }
  cat /root/changed >"$file"
}

write() {
  keep "$1"
  mkdir -p "$(dirname "$1")"
  cat >"$1"
}

# background NAME COMMAND…: as a service that `restore` stops.
background() {
  name=$1
  shift
  systemd-run --quiet --collect --unit="fault-$name" "$@"
}

# iptables' arguments without -I. Who does as doctor says deletes the rule.
rule() {
  mkdir -p $kept
  iptables -I "$@"
  echo "$*" >>$kept/rules
}

mount_over() {
  mkdir -p $kept
  mount --bind "$1" "$2"
  echo "$2" >>$kept/mounts
}

# /sys shows the interfaces of the network namespace in which it was mounted, which is not the host's.
own_interfaces() {
  mkdir -p /root/sys
  mount -t sysfs sysfs /root/sys
  mount_over /root/sys/devices/virtual/net /sys/devices/virtual/net
  mount_over /root/sys/class/net /sys/class/net
  echo /root/sys >>$kept/mounts
}

restore() {
  systemctl stop 'fault-*' 2>/dev/null || true
  if [ -e $kept/mounts ]; then while read -r path; do umount "$path"; done <$kept/mounts; fi
  if [ -e $kept/rules ]; then while read -r arguments; do iptables -D $arguments 2>/dev/null || true; done <$kept/rules; fi
  # A kubelet that has joined has none; who does as doctor says makes one.
  rm -f /etc/kubernetes/bootstrap-kubelet.conf
  if [ -e $kept/paths ]; then
    while read -r path; do
      if [ -f "$kept/files$path" ] && [ -f "$path" ] && [ ! -L "$path" ] && cmp -s "$kept/files$path" "$path"; then
        chmod --reference="$kept/files$path" "$path"
        chown --reference="$kept/files$path" "$path"
        continue
      fi
      rm -rf "$path"
      if [ -e "$kept/files$path" ] || [ -L "$kept/files$path" ]; then
        mkdir -p "$(dirname "$path")"
        cp -a "$kept/files$path" "$(dirname "$path")/.restored"
        mv "$(dirname "$path")/.restored" "$path"
      fi
    done <$kept/paths
  fi
  rm -rf $kept
}

restart() {
  systemctl daemon-reload
  systemctl reset-failed "$1" 2>/dev/null || true
  timeout 30 systemctl restart "$1" || true
}

# eventually SECONDS COMMAND…
eventually() {
  tries=$(($1 * 5))
  shift
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || { echo "still not: $*" >&2; return 1; }
    sleep 0.2
  done
}

# make_ca NAME SUBJECT: /root/made/NAME.crt and .key
make_ca() {
  mkdir -p /root/made
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "$2" \
    -keyout "/root/made/$1.key" -out "/root/made/$1.crt" 2>/dev/null
}

# sign CA_WITHOUT_SUFFIX SUBJECT FROM UNTIL [SUBJECT_ALTERNATIVE_NAMES]: /root/made/leaf.crt and .key; times as date(1) reads them
sign() {
  mkdir -p /root/made
  rm -rf /root/made/ca
  mkdir /root/made/ca
  : >/root/made/ca/index
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$2" -keyout /root/made/leaf.key \
    -out /root/made/leaf.csr 2>/dev/null
  cat >/root/made/ca/config <<END
[ca]
default_ca = here
[here]
database = /root/made/ca/index
new_certs_dir = /root/made/ca
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = leaf
[any]
organizationName = optional
commonName = supplied
[leaf]
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = clientAuth, serverAuth
${5:+subjectAltName = $5}
END
  openssl ca -batch -notext -config /root/made/ca/config -cert "$1.crt" -keyfile "$1.key" -in /root/made/leaf.csr \
    -startdate "$(date -u -d "$3" +%Y%m%d%H%M%SZ)" -enddate "$(date -u -d "$4" +%Y%m%d%H%M%SZ)" \
    -out /root/made/leaf.crt 2>/root/made/ca/errors || { cat /root/made/ca/errors >&2; return 1; }
}

# The kubelet's certificate becomes the one that was signed last.
use_as_kubelet_certificate() {
  keep /var/lib/kubelet/pki
  cat /root/made/leaf.crt /root/made/leaf.key >/var/lib/kubelet/pki/kubelet-client-made.pem
  chmod 600 /var/lib/kubelet/pki/kubelet-client-made.pem
  ln -sfn kubelet-client-made.pem /var/lib/kubelet/pki/kubelet-client-current.pem
}

kubelet_flags() {
  write /etc/default/kubelet <<END
KUBELET_EXTRA_ARGS=$*
END
  restart kubelet
}

# kubelet_field KEY VALUE: at the top of the kubelet's configuration
kubelet_field() {
  keep /var/lib/kubelet/config.yaml
  sed -i "/^$1:/d" /var/lib/kubelet/config.yaml
  printf '%s: %s\n' "$1" "$2" >>/var/lib/kubelet/config.yaml
  restart kubelet
}

# The endpoint's name leads to these addresses.
endpoint_is() {
  keep /etc/hosts
  grep -v endpoint.lab $kept/files/etc/hosts >/etc/hosts || true
  for address; do echo "$address endpoint.lab" >>/etc/hosts; done
}

# answer_as_server ANSWER_FILE: HTTPS on 127.0.0.1:6443 with the certificate that was signed last
answer_as_server() {
  mkdir -p /root/made/www
  cp "$1" /root/made/www/readyz
  background server --working-directory=/root/made/www openssl s_server -accept 127.0.0.1:6443 -HTTP \
    -cert /root/made/leaf.crt -key /root/made/leaf.key
  endpoint_is 127.0.0.1
  eventually 10 sh -c "ss -ltn | grep -q 127.0.0.1:6443"
}

http_answer() {
  mkdir -p /root/made
  printf 'HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok' \
    "$(LC_ALL=C date -u -d "$1" '+%a, %d %b %Y %H:%M:%S GMT')" >/root/made/answer
}

# The kubelet starts over with a bootstrap token.
bootstrap_again() {
  systemctl stop kubelet
  keep /etc/kubernetes/bootstrap-kubelet.conf
  hide /etc/kubernetes/kubelet.conf /var/lib/kubelet/pki
  sed -e '/^users:/,$d' "$kept/files/etc/kubernetes/kubelet.conf" >/etc/kubernetes/bootstrap-kubelet.conf
  cat >>/etc/kubernetes/bootstrap-kubelet.conf <<END
users:
- name: $(sed -n 's/^ *user: //p' "$kept/files/etc/kubernetes/kubelet.conf")
  user:
    token: $1
END
  chmod 600 /etc/kubernetes/bootstrap-kubelet.conf
  kubectl get csr -o name | xargs -r kubectl delete >/dev/null
  restart kubelet
}

# leads_here COMPONENT: waits until this machine's instance has the lease
leads_here() {
  eventually 60 sh -c "kubectl -n kube-system get lease $1 -o jsonpath='{.spec.holderIdentity}' | grep -q ^$(hostname)_"
}

csr_exists() { kubectl get csr -o name | grep -q .; }

# component_flag MANIFEST FLAG: another flag for a static Pod
component_flag() {
  change "/etc/kubernetes/manifests/$1.yaml" "s|^\( *\)- $1\$|&\n\1- $2|"
}

etcdctl_here() {
  etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt \
    --cert=/etc/kubernetes/pki/etcd/server.crt --key=/etc/kubernetes/pki/etcd/server.key "$@"
}

# add_ghost [FLAG]: a member that nobody runs. etcd takes none within 5 s of the start of another one.
add_ghost() {
  eventually 30 ghost_is_member "$@"
}

ghost_is_member() {
  etcdctl_here member list | grep -q 192.0.2.77 || etcdctl_here member add ghost "$@" --peer-urls=https://192.0.2.77:2380
}

remove_members() {
  etcdctl_here member list | grep -v -e '\bcp[123]\b' | cut -d, -f1 | while read -r id; do
    etcdctl_here member remove "$id"
  done
}

# keep_object KIND NAME [-n NAMESPACE]: restored by restore_objects
keep_object() {
  mkdir -p /root/objects
  kubectl get "$@" -o yaml | sed -e '/resourceVersion:/d' -e '/^  uid:/d' -e '/creationTimestamp:/d' \
    >"/root/objects/$(echo "$*" | tr ' /:' '___').yaml"
}

restore_objects() {
  for file in /root/objects/*.yaml; do
    [ -e "$file" ] || continue
    kubectl replace --force -f "$file" >/dev/null 2>&1 || kubectl create -f "$file" >/dev/null
    rm "$file"
  done
}
