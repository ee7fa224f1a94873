"""The classes and methods that the architecture names, as it writes them."""

from __future__ import annotations

METHODS: dict[str, dict[str, str]] = {
    "VideoGenerator": {
        "__init__": "config_path, monitoring_service",
        "generate": "prompt, images, output_path, **kwargs",
        "generate_video": "...",
        "regenerate_if_needed": "...",
        "apply_fact_checking": "...",
        "_load_config": "config_path",
        "_initialize_models": "",
    },
    "TextPreprocessor": {
        "enhance_prompt": "text",
        "tokenize": "text",
        "detect_language": "text",
    },
    "ImagePreprocessor": {
        "normalize": "image",
        "resize": "image, target_size",
        "extract_features": "image",
    },
    "InputValidator": {
        "validate_prompt": "text",
        "validate_images": "images",
        "check_policy_compliance": "content",
    },
    "LatentSynthesizer": {
        "encode_text": "prompt",
        "encode_images": "images",
        "generate_latents": "conditions",
        "apply_temporal_consistency": "latents",
    },
    "DiffusionScheduler": {
        "step": "model_output, timestep, sample",
        "add_noise": "original_samples, noise, timesteps",
        "set_timesteps": "num_inference_steps",
    },
    "TemporalAttention": {
        "forward": "hidden_states, encoder_hidden_states",
        "get_attention_scores": "query, key",
    },
    "NoiseDecomposer": {
        "decompose": "noise",
        "recombine": "base_noise, residual_noise",
        "apply_temporal_consistency": "noise_sequence",
    },
    "AdaptiveScheduler": {
        "compute_schedule": "complexity_score",
        "step": "model_output, timestep, sample",
        "previous_step": "model_output, timestep, sample",
    },
    "LatentManipulator": {
        "emphasize_features": "latents, feature_map",
        "interpolate_noise": "noise_a, noise_b, ratio",
        "apply_guidance": "latents, guidance_scale",
    },
    "SuperResolutionProcessor": {
        "upscale_frame": "frame, scale_factor",
        "process_video": "frames",
        "apply_temporal_consistency": "frames",
        "remove_artifacts": "frame",
    },
    "DetailEnhancer": {
        "enhance_details": "frame",
        "adaptive_enhancement": "frame, content_type",
        "balance_sharpness": "frame, sharpness_level",
    },
    "TemporalConsistencyEnforcer": {
        "align_frames": "frame_sequence",
        "propagate_details": "source_frame, target_frame",
        "detect_flickering": "frame_sequence",
    },
    "QualityAssessor": {
        "assess_video": "video, prompt",
        "compute_metrics": "video",
        "evaluate_temporal_coherence": "frames",
        "check_content_relevance": "video, prompt",
    },
    "MetricsCalculator": {
        "compute_fvd": "video",
        "compute_inception_score": "video",
        "compute_clip_similarity": "video, text",
        "compute_temporal_metrics": "frames",
    },
    "QualityReport": {
        "generate_summary": "",
        "get_detailed_breakdown": "",
        "compare_to_thresholds": "",
        "suggest_improvements": "",
    },
    "FactChecker": {
        "check_content": "text",
        "extract_claims": "text",
        "verify_claim": "claim",
        "generate_report": "results",
    },
    "KnowledgeBase": {
        "query": "entity, attribute",
        "check_consistency": "facts",
        "get_sources": "fact",
        "update_cache": "fact, verification",
    },
    "ConfidenceCalculator": {
        "calculate_confidence": "verification_results",
        "weight_by_source": "result, source",
        "adjust_for_recency": "confidence, fact_age",
        "resolve_conflicts": "contradictions",
    },
    "EmergencyModeManager": {
        "activate_emergency_mode": "priority_level",
        "select_template": "content_type, requirements",
        "allocate_resources": "request",
        "monitor_generation_progress": "job_id",
    },
    "EmergencyTemplateLibrary": {
        "get_template": "category, parameters",
        "validate_template": "template",
        "update_template": "template_id, new_version",
        "register_new_template": "template",
    },
    "EmergencyTemplate": {
        "adapt_to_requirements": "parameters",
        "get_generation_parameters": "",
        "estimate_generation_time": "",
        "get_quality_metrics": "",
    },
    "ZeroShotAdapter": {
        "adapt_to_domain": "domain_description",
        "optimize_prompt": "base_prompt, target_domain",
        "adjust_parameters": "base_params, domain_characteristics",
        "evaluate_adaptation_quality": "generated_sample",
    },
    "PromptEngineer": {
        "generate_enhanced_prompt": "base_prompt, domain",
        "analyze_prompt_effectiveness": "prompt, results",
        "apply_prompt_templates": "content, style",
        "extract_domain_keywords": "domain_description",
    },
    "ParameterManager": {
        "compute_adaptation_parameters": "domain_info",
        "apply_transfer_weights": "source_domain, target_domain",
        "optimize_sampling_strategy": "domain_characteristics",
        "save_successful_adaptation": "parameters, results",
    },
    "FeedbackIntegration": {
        "collect_feedback": "video_id, feedback_data",
        "analyze_feedback_trends": "time_period",
        "generate_improvement_report": "",
        "track_improvement_impact": "change_id",
    },
    "FeedbackCollector": {
        "register_explicit_feedback": "user_id, video_id, rating, comments",
        "track_implicit_feedback": "user_id, video_id, engagement_metrics",
        "categorize_feedback": "feedback_data",
        "anonymize_feedback": "feedback_data",
    },
    "ModelImprover": {
        "suggest_parameter_adjustments": "feedback_analysis",
        "generate_fine_tuning_dataset": "feedback_patterns",
        "setup_ab_test": "current_model, improved_model",
        "validate_improvements": "before_metrics, after_metrics",
    },
    "MonitoringService": {
        "register_metrics": "component, metrics",
        "record_metric": "metric_name, value",
        "get_system_health": "",
        "configure_alerts": "alert_config",
    },
    "MetricsCollector": {
        "collect_performance_metrics": "",
        "track_resource_usage": "",
        "measure_latency": "operation",
        "count_events": "event_type",
    },
    "AlertManager": {
        "check_thresholds": "metrics",
        "trigger_alert": "alert_type, details",
        "resolve_alert": "alert_id",
        "generate_incident_report": "alert_id",
    },
}
"""Class → method → its arguments, in the order of the text."""
