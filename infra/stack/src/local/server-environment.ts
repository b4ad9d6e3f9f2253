/**
 * What a server of ours sees of our environment. Only this, because the servers read settings from theirs (Quarkus
 * takes any QUARKUS_… and APICURIO_…, Postgres PGPORT, PGOPTIONS and others) and would start differently on each
 * machine.
 */
export function serverEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LD_LIBRARY_PATH', 'JAVA_TOOL_OPTIONS']
  return {
    ...Object.fromEntries(kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
    // A JVM in a C locale cannot open a path with an umlaut.
    LC_ALL: 'C.UTF-8',
  }
}
