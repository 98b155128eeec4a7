import { type Fault, finding, restartKubelet as undo } from "../../support/doctor/fault.ts";

const ownName = "/O=system:nodes/CN=system:node:w1";

/** Certificates and kubeconfigs of nodes and control planes. */
export const credentialsFaults: readonly Fault[] = [
  {
    name: "The kubelet's certificate has expired",
    on: "w1",
    inject: `sign $pki/ca ${ownName} '10 days ago' '1 day ago'; use_as_kubelet_certificate; restart kubelet`,
    undo,
    finds: finding("kubelet-certificate", /expired on/),
    inSample: true,
    inObeySample: true,
  },
  {
    name: "The kubelet's certificate is not valid yet",
    on: "w1",
    inject: `sign $pki/ca ${ownName} '+1 day' '+10 days'; use_as_kubelet_certificate; restart kubelet`,
    undo,
    finds: finding("kubelet-certificate", /not valid before/),
  },
  {
    name: "The kubelet's certificate is of another cluster's CA",
    on: "w1",
    inject: `
      make_ca other /CN=kubernetes
      sign /root/made/other ${ownName} '1 day ago' '+300 days'
      use_as_kubelet_certificate
      restart kubelet`,
    undo,
    finds: finding("kubelet-certificate", /not signed by the CA/),
  },
  {
    name: "The kubelet's key does not fit its certificate",
    on: "w1",
    inject: `
      sign $pki/ca ${ownName} '1 day ago' '+300 days'
      openssl ecparam -name prime256v1 -genkey -noout -out /root/made/leaf.key
      use_as_kubelet_certificate
      restart kubelet`,
    undo,
    finds: finding("kubelet-certificate", /does not belong/),
  },
  {
    name: "The kubelet's certificate is missing",
    on: "w1",
    inject: "hide /var/lib/kubelet/pki; restart kubelet",
    undo,
    finds: finding("kubelet-certificate", /is missing/),
  },
  {
    name: "The kubelet's link points to a certificate that is gone, next to one that is valid",
    on: "w1",
    inject: `
      keep /var/lib/kubelet/pki
      ln -sfn kubelet-client-gone.pem /var/lib/kubelet/pki/kubelet-client-current.pem
      restart kubelet`,
    undo,
    finds: finding("kubelet-certificate", /which doesn't exist/),
  },
  {
    name: "The server in the kubelet's kubeconfig has a path",
    on: "w1",
    inject: "change /etc/kubernetes/kubelet.conf 's|\\(server: https://[^/]*\\)|\\1/old|'; restart kubelet",
    undo,
    finds: finding("node-registered", /has the path \/old/),
  },
  {
    name: "The kubelet's certificate is an empty file",
    on: "w1",
    inject: `
      keep /var/lib/kubelet/pki
      : >/var/lib/kubelet/pki/empty.pem
      ln -sfn empty.pem /var/lib/kubelet/pki/kubelet-client-current.pem
      restart kubelet`,
    undo,
    finds: finding("kubelet-certificate", /cannot be used/),
  },
  {
    name: "The kubelet's certificate is that of another Node",
    on: "w1",
    inject: `
      sign $pki/ca /O=system:nodes/CN=system:node:w9 '1 day ago' '+300 days'
      use_as_kubelet_certificate
      restart kubelet`,
    undo,
    finds: finding("node-name", /system:node:w9/),
  },
  {
    name: "The kubelet registers a name that the authorizer refuses",
    on: "w1",
    inject: "kubelet_flags --hostname-override=other",
    undo,
    finds: finding("node-name", /registers the Node other/),
    inSample: true,
  },
  {
    name: "The kubelet does not renew its certificate, which ends soon",
    on: "w1",
    inject: `
      sign $pki/ca ${ownName} '360 days ago' '+5 days'
      use_as_kubelet_certificate
      kubelet_field rotateCertificates false`,
    undo,
    finds: finding("kubelet-rotation", /does not renew/),
    decides: /Set rotateCertificates/,
  },
  {
    name: "The kubelet's kubeconfig is missing",
    on: "w1",
    inject: "hide /etc/kubernetes/kubelet.conf; restart kubelet",
    undo,
    finds: finding("kubelet-kubeconfig", /kubelet\.conf is missing/),
  },
  {
    name: "The kubelet's kubeconfig is not YAML",
    on: "w1",
    inject: "keep /etc/kubernetes/kubelet.conf; echo '}{' >/etc/kubernetes/kubelet.conf; restart kubelet",
    undo,
    finds: finding("kubelet-kubeconfig", /not a valid kubeconfig/),
  },
  {
    name: "The CA in the kubelet's kubeconfig is another cluster's",
    on: "w1",
    inject: `
      make_ca other /CN=kubernetes
      change /etc/kubernetes/kubelet.conf \\
        "s|certificate-authority-data:.*|certificate-authority-data: $(base64 -w0 </root/made/other.crt)|"
      restart kubelet`,
    undo,
    finds: finding("cluster-ca", /is not the CA in/),
    decides: /that CA is right/,
  },
  {
    name: "The CA's file is missing",
    on: "w1",
    inject: "hide /etc/kubernetes/pki/ca.crt; restart kubelet",
    undo,
    finds: finding("cluster-ca", /ca\.crt is missing/),
  },
  {
    name: "The CA's file is damaged",
    on: "w1",
    inject: "keep /etc/kubernetes/pki/ca.crt; echo damaged >/etc/kubernetes/pki/ca.crt; restart kubelet",
    undo,
    finds: finding("cluster-ca", /ca\.crt/),
  },
  {
    name: "Everyone can read the kubelet's key",
    on: "w1",
    inject: "keep /var/lib/kubelet/pki; chmod 0644 /var/lib/kubelet/pki/kubelet-client-2*.pem",
    finds: finding("file-modes", /kubelet-client.*0644/),
  },
  {
    name: "The administrator's kubeconfig belongs to another user",
    on: "cp1",
    inject: "keep /etc/kubernetes/admin.conf; chown 1000 /etc/kubernetes/admin.conf",
    finds: finding("file-modes", /admin\.conf belongs to the user 1000/),
  },
  {
    name: "The API server's certificate has expired",
    on: "cp1",
    inject: `
      keep /etc/kubernetes/pki/apiserver.crt /etc/kubernetes/pki/apiserver.key
      sign $pki/ca /CN=kube-apiserver '10 days ago' '1 day ago' \\
        DNS:cp1,DNS:endpoint.lab,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:10.96.0.1,IP:192.0.2.10
      cat /root/made/leaf.crt >/etc/kubernetes/pki/apiserver.crt
      cat /root/made/leaf.key >/etc/kubernetes/pki/apiserver.key`,
    finds: finding("control-plane-certificates", /apiserver expired|apiserver of the control plane expired/),
    inSample: true,
  },
  {
    name: "The controller manager's kubeconfig has expired",
    on: "cp1",
    inject: `
      sign $pki/ca /CN=system:kube-controller-manager '10 days ago' '1 day ago'
      change /etc/kubernetes/controller-manager.conf \\
        "s|client-certificate-data:.*|client-certificate-data: $(base64 -w0 </root/made/leaf.crt)|;s|client-key-data:.*|client-key-data: $(base64 -w0 </root/made/leaf.key)|"`,
    finds: finding("control-plane-certificates", /controller-manager\.conf.*expired/),
  },
  {
    name: "The key of the API server's client certificate does not fit",
    on: "cp1",
    inject: `
      keep /etc/kubernetes/pki/apiserver-etcd-client.crt /etc/kubernetes/pki/apiserver-etcd-client.key
      openssl ecparam -name prime256v1 -genkey -noout -out /etc/kubernetes/pki/apiserver-etcd-client.key`,
    finds: finding("control-plane-certificates", /apiserver-etcd-client.*does not belong/),
  },
  {
    name: "The certificate for the front proxy is of another CA",
    on: "cp1",
    inject: `
      make_ca other /CN=front-proxy-ca
      sign /root/made/other /CN=front-proxy-client '1 day ago' '+300 days'
      keep /etc/kubernetes/pki/front-proxy-client.crt /etc/kubernetes/pki/front-proxy-client.key
      cat /root/made/leaf.crt >/etc/kubernetes/pki/front-proxy-client.crt
      cat /root/made/leaf.key >/etc/kubernetes/pki/front-proxy-client.key`,
    finds: finding("control-plane-certificates", /front-proxy-client\.crt is not signed by the CA/),
  },
];
