/* SPDX-License-Identifier: Apache-2.0
 *
 * The environment that a credential plugin is run in.
 */
#include <string.h>

#include "gvisor-smoke/cleanup.h"
#include "gvisor-smoke/secret.h"
#include "plugin.h"

extern char **environ;

static bool has_name_of(const struct strings *pairs, const char *pair)
{
    size_t length = strcspn(pair, "=");
    for (size_t i = 0; i < pairs->count; i++)
        if (strncmp(pairs->items[i], pair, length) == 0 && pairs->items[i][length] == '=')
            return true;
    return false;
}

static char *exec_info(const struct kube_plugin *plugin, bool interactive)
{
    const char *cluster = plugin->cluster_json ? secret_reveal(plugin->cluster_json) : NULL;
    return xasprintf("KUBERNETES_EXEC_INFO={\"kind\":\"ExecCredential\",\"apiVersion\":\"%s\",\"spec\":{"
                     "%s%s%s\"interactive\":%s}}",
                     plugin->api_version, cluster ? "\"cluster\":" : "", cluster ? cluster : "",
                     cluster ? "," : "", interactive ? "true" : "false");
}

struct strings plugin_environment(const struct kube_plugin *plugin, bool interactive)
{
    struct strings pairs = {0};
    cleanup_free char *info = exec_info(plugin, interactive);
    strings_add(&pairs, info);
    for (size_t i = plugin->environment.count; i-- > 0;)
        if (!has_name_of(&pairs, plugin->environment.items[i]))
            strings_add(&pairs, plugin->environment.items[i]);
    for (char **pair = environ; *pair; pair++)
        if (!has_name_of(&pairs, *pair))
            strings_add(&pairs, *pair);
    secret_wipe(info, strlen(info));
    return pairs;
}

void plugin_wipe_strings(struct strings *strings)
{
    for (size_t i = 0; i < strings->count; i++)
        secret_wipe(strings->items[i], strlen(strings->items[i]));
    strings_release(strings);
}
