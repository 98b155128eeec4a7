// Prints as JSON what packages of Kubernetes know that can be linked in a moment.
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"sort"
	"strings"

	"k8s.io/kubernetes/cmd/kubeadm/app/constants"
	"k8s.io/kubernetes/cmd/kubeadm/app/features"

	proxy "k8s.io/kube-proxy/config/v1alpha1"
	kubelet "k8s.io/kubelet/config/v1beta1"
	system "k8s.io/system-validators/validators"
)

func main() {
	gates := []string{}
	for name := range features.InitFeatureGates {
		gates = append(gates, name)
	}
	sort.Strings(gates)
	structs := map[string][]string{}
	describe(reflect.TypeFor[kubelet.KubeletConfiguration](), structs)
	describe(reflect.TypeFor[proxy.KubeProxyConfiguration](), structs)
	printed := map[string]any{
		"coreDns":            constants.CoreDNSVersion,
		"pause":              constants.PauseVersion,
		"etcd":               constants.DefaultEtcdVersion,
		"supportedEtcd":      constants.SupportedEtcdVersion,
		"oldestExternalEtcd": constants.MinExternalEtcdVersion,
		"gates":              gates,
		"structs":            structs,
		"system":             system.DefaultSysSpec,
	}
	if err := json.NewEncoder(os.Stdout).Encode(printed); err != nil {
		panic(err)
	}
}

// Types with a JSON form of their own.
var leaves = map[string]string{
	"v1.Duration":            "Duration",
	"v1.Time":                "Time",
	"v1.TimeOrMetaDuration":  "TimeOrMetaDuration",
	"resource.Quantity":      "Quantity",
	"resource.QuantityValue": "Quantity",
}

// describe adds the fields of a struct and of those that it holds: `<name><writes><type>`, as in pod-types.ts.
func describe(of reflect.Type, structs map[string][]string) {
	if _, known := structs[of.String()]; known {
		return
	}
	structs[of.String()] = nil
	structs[of.String()] = fields(of, structs)
}

func fields(of reflect.Type, structs map[string][]string) []string {
	described := []string{}
	for index := range of.NumField() {
		field := of.Field(index)
		parts := strings.Split(field.Tag.Get("json"), ",")
		name, options := parts[0], parts[1:]
		if field.Anonymous && name == "" {
			described = append(described, fields(field.Type, structs)...)
		} else {
			described = append(described, name+writes(field.Type, options)+typeName(field.Type, structs))
		}
	}
	return described
}

// `*`: when it is given; `?`: unless it is zero; `!`: always; `~`: always, as null where it is not given.
func writes(of reflect.Type, options []string) string {
	omits := strings.Contains(strings.Join(options, ","), "omitempty")
	switch {
	case of.Kind() == reflect.Pointer && omits:
		return "*"
	case of.Kind() == reflect.Pointer:
		return "~"
	case omits && of.Kind() != reflect.Struct:
		return "?"
	default:
		return "!"
	}
}

func typeName(of reflect.Type, structs map[string][]string) string {
	if of.Kind() == reflect.Pointer {
		return typeName(of.Elem(), structs)
	}
	if leaf, ok := leaves[of.String()]; ok {
		return leaf
	}
	plain := func() string {
		switch of.Kind() {
		case reflect.Slice:
			return "[]" + typeName(of.Elem(), structs)
		case reflect.Map:
			return "map[" + of.Key().String() + "]" + typeName(of.Elem(), structs)
		case reflect.Struct:
			describe(of, structs)
			return of.String()
		default:
			return of.Kind().String()
		}
	}
	if of.Name() != "" && of.PkgPath() != "" && of.Kind() != reflect.Struct {
		return of.String() + "=" + plain()
	}
	return plain()
}
