import { type Fault, finding } from "../../support/doctor/fault.ts";

const trusted = "sign $pki/ca /CN=kube-apiserver '1 day ago' '+300 days' DNS:endpoint.lab,DNS:kubernetes";

/** The way to the API server, and what answers there. */
export const networkFaults: readonly Fault[] = [
  {
    name: "The endpoint's name does not resolve",
    on: "w1",
    inject: "endpoint_is",
    finds: finding("endpoint-name", /endpoint\.lab does not resolve/),
    decides: /Add the name to DNS/,
    inSample: true,
  },
  {
    name: "The endpoint refuses connections",
    on: "w1",
    inject: "endpoint_is 127.0.0.1",
    finds: finding("endpoint-answers", /refused/),
    decides: /check the address and port, and that the API server runs/,
    inSample: true,
    inObeySample: true,
  },
  {
    name: "The endpoint's packets get lost at the other end",
    on: "w1",
    inject: ":",
    elsewhere: [
      {
        on: "cp1",
        inject: "rule INPUT -p tcp --dport 6443 -s $(getent hosts cp1 | cut -d. -f1-3 | sed 's/$/.0/')/24 -j DROP",
      },
    ],
    finds: finding("endpoint-answers", /no answer|timed out|does not respond|not.*in time|within/i),
    decides: /firewalls and security groups/,
  },
  {
    name: "A rule of the machine itself drops packets to the API server",
    on: "w1",
    inject: "rule OUTPUT -p tcp --dport 6443 -j DROP",
    finds: finding(["firewall", "endpoint-answers"], /6443/),
  },
  {
    name: "A rule of the machine drops packets to the kubelet",
    on: "w1",
    inject: "rule INPUT -p tcp --dport 10250 -j DROP",
    finds: finding("firewall", /10250/),
  },
  {
    name: "A rule of a control plane drops packets to etcd's port for members",
    on: "cp1",
    inject: "rule INPUT -p tcp --dport 2380 -j DROP",
    finds: finding("firewall", /2380/),
  },
  {
    name: "The endpoint's address is one that no one has",
    on: "w1",
    inject: "endpoint_is 192.0.2.77",
    finds: finding("endpoint-answers", /no route|unreachable|does not respond|timed out|in time|within/i),
    decides: /check the address/,
  },
  {
    name: "A server without TLS answers at the endpoint",
    on: "w1",
    inject: `
      background server socat TCP-LISTEN:6443,bind=127.0.0.1,fork,reuseaddr SYSTEM:'echo SSH-2.0-OpenSSH'
      endpoint_is 127.0.0.1
      eventually 10 sh -c "ss -ltn | grep -q 127.0.0.1:6443"`,
    finds: finding(["endpoint-answers", "endpoint-identity"], /not.*TLS|no TLS|TLS|another program/i),
    decides: /Check the address and port/,
  },
  {
    name: "Another program answers at the endpoint",
    on: "w1",
    inject: `
      make_ca self /CN=dashboard.example.com
      sign /root/made/self /CN=dashboard.example.com '1 day ago' '+300 days' DNS:dashboard.example.com
      http_answer now
      answer_as_server /root/made/answer`,
    finds: finding("endpoint-identity", /Something other than the API server.*dashboard\.example\.com/),
    decides: /Check the address and port of the API server, DNS/,
    inSample: true,
  },
  {
    name: "Another cluster responds at the endpoint",
    on: "w1",
    inject: `
      make_ca other /CN=kubernetes
      sign /root/made/other /CN=kube-apiserver '1 day ago' '+300 days' DNS:endpoint.lab,DNS:kubernetes
      http_answer now
      answer_as_server /root/made/answer`,
    finds: finding("endpoint-identity", /Another cluster/),
    decides: /Correct the address, DNS or the load balancer/,
    inSample: true,
  },
  {
    name: "A proxy intercepts TLS",
    on: "w1",
    inject: `
      make_ca proxy '/O=Example Corp/CN=Example Corp Web Gateway CA'
      sign /root/made/proxy /CN=endpoint.lab '1 day ago' '+30 days' DNS:endpoint.lab
      http_answer now
      answer_as_server /root/made/answer`,
    finds: finding("endpoint-identity", /intercepts TLS.*Example Corp Web Gateway CA/),
    decides: /Except endpoint\.lab from interception/,
    inSample: true,
  },
  {
    name: "The API server's certificate is not valid for the endpoint's name",
    on: "w1",
    inject: `
      sign $pki/ca /CN=kube-apiserver '1 day ago' '+300 days' DNS:kubernetes,DNS:old-endpoint.lab
      http_answer now
      answer_as_server /root/made/answer`,
    finds: finding("endpoint-identity", /endpoint\.lab/),
    decides: /apiServer\.certSANs/,
  },
  {
    name: "The certificate that the API server shows has expired",
    on: "w1",
    inject: `
      sign $pki/ca /CN=kube-apiserver '9 days ago' '1 day ago' DNS:endpoint.lab,DNS:kubernetes
      http_answer now
      answer_as_server /root/made/answer`,
    finds: finding("endpoint-identity", /expired/),
    decides: /If this machine's clock is right, renew the certificates/,
  },
  {
    name: "The machine's clock is an hour ahead",
    on: "w1",
    inject: `${trusted}; http_answer '1 hour ago'; answer_as_server /root/made/answer`,
    finds: finding("clock", /60m ahead/),
    decides: /Synchronize the clocks/,
    inSample: true,
  },
  {
    name: "The machine's clock is two days behind",
    on: "w1",
    inject: `${trusted}; http_answer '+2 days'; answer_as_server /root/made/answer`,
    finds: finding("clock", /behind/),
    decides: /Synchronize the clocks/,
  },
  {
    name: "The API server answers that it is not ready",
    on: "w1",
    inject: `
      ${trusted}
      printf 'HTTP/1.1 500 Internal Server Error\\r\\nDate: %s\\r\\nContent-Type: text/plain\\r\\nConnection: close\\r\\n\\r\\n[+]ping ok\\n[-]etcd failed: reason withheld\\nreadyz check failed\\n' \\
        "$(LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S GMT')" >/root/made/answer
      answer_as_server /root/made/answer`,
    finds: finding("endpoint-ready", /not ready.*etcd/),
    decides: /run kubeadm doctor on a control plane/,
  },
  {
    name: "One of the endpoint's two addresses is dead",
    on: "w1",
    inject: "endpoint_is 192.0.2.5 192.0.2.77",
    finds: finding("endpoint-backends", /192\.0\.2\.77/),
    decides: /remove it from DNS or from the load balancer/,
    inSample: true,
  },
  {
    name: "A load balancer leads every second connection to a dead server",
    on: "w1",
    inject:
      "rule OUTPUT -t nat -d 192.0.2.5 -p tcp --dport 6443 -m statistic --mode nth --every 2 --packet 0 -j DNAT --to-destination 192.0.2.12:6449",
    finds: finding(["endpoint-backends"], /connections to .* failed/),
    decides: /remove it from DNS or from the load balancer|check the address and port/,
  },
  {
    name: "The kubelet's resolvConf does not exist",
    on: "w1",
    inject: "kubelet_field resolvConf /run/systemd/resolve/none.conf",
    undo: "restart kubelet",
    finds: finding("resolver", /none\.conf does not exist/),
    decides: /correct resolvConf in the kubelet's configuration/,
    inSample: true,
  },
  {
    name: "The machine has no resolv.conf",
    on: "w1",
    inject: "hide /etc/resolv.conf",
    finds: finding("resolver", /resolv\.conf does not exist/),
    decides: /addresses of the DNS servers/,
  },
  {
    name: "Pods get a resolver that is themselves",
    on: "w1",
    inject: "echo 'nameserver 127.0.0.53' | write /root/looping.conf; kubelet_field resolvConf /root/looping.conf",
    undo: "restart kubelet",
    finds: finding("resolver", /127\.0\.0\.53.*loop/),
    decides: /Set resolvConf in the kubelet's configuration/,
  },
  {
    name: "A DNS server is not an address",
    on: "w1",
    inject: "echo 'nameserver dns.example.com' | write /etc/resolv.conf",
    finds: finding("resolver", /dns\.example\.com/),
    decides: /Replace them with IP addresses/,
  },
  {
    name: "The machine's own name does not resolve",
    on: "w1",
    inject: "keep /etc/hosts; grep -v w1 $kept/files/etc/hosts >/etc/hosts",
    finds: finding("resolver", /own name w1|asked for this machine's own name/),
    decides: /Add w1 to DNS|DNS servers of this machine do not respond/,
  },
  {
    name: "Packets of Pods are too long for the network",
    on: "w1",
    inject: "own_interfaces; ip link add flannel.1 mtu 1500 type veth peer name flannel-peer; ip link set flannel.1 up",
    undo: "ip link del flannel.1",
    finds: finding("pod-mtu", /flannel\.1 is 1500/),
    decides: /Set the MTU of the network add-on/,
  },
  {
    name: "The endpoint refuses connections, and the kubelet's certificate has expired",
    on: "w1",
    inject: `
      endpoint_is 127.0.0.1
      sign $pki/ca /O=system:nodes/CN=system:node:w1 '10 days ago' '1 day ago'
      use_as_kubelet_certificate
      restart kubelet`,
    undo: "restart kubelet",
    finds: [finding("kubelet-certificate", /expired on/), finding("endpoint-answers", /refused/)],
    decides: /check the address and port, and that the API server runs/,
  },
];
