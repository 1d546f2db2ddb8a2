/* The handlers of the route table, by file. */
#ifndef SENETD_HANDLERS_H
#define SENETD_HANDLERS_H

#include "routes/routes.h"

route_handler handle_predict; /* predict.c */
route_handler handle_live;    /* health.c */
route_handler handle_ready;
route_handler handle_metrics; /* metrics_text.c */
route_handler handle_models;  /* models.c */
route_handler handle_model;
route_handler handle_oip_server; /* oip.c */
route_handler handle_oip_model;
route_handler handle_oip_model_ready;
route_handler handle_oip_infer;        /* oip_infer.c */
route_handler handle_oip_statistics;   /* oip_statistics.c */
route_handler handle_repository_index; /* repository_routes.c */
route_handler handle_repository_load;
route_handler handle_repository_unload;
route_handler handle_openapi; /* openapi.c */

#endif
