#include "agents/cli/cli.h"
int xj_cmd_replay(struct xj_cli *cli, int argc, char **argv){(void)cli;(void)argc;(void)argv;return 2;}
